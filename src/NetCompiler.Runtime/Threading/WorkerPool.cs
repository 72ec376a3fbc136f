using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Threads that run kernels over ranges. The calling thread takes part, so a pool of one thread has no threads of its own.
/// The pool decides only who does which indices, never what they compute: results do not depend on it.
/// </summary>
/// <remarks>
/// A range is cut into a few parts per thread, which the threads claim one by one. A worker that wakes late, or shares its
/// core with another process, simply claims less; the caller waits only for parts that have been claimed.
/// </remarks>
public sealed class WorkerPool : IDisposable
{
    // More parts than threads, so that a slow thread costs at most a fraction of its share.
    const int PartsPerThread = 4;

    // The cut points of long ranges are multiples of this: vectors then do not straddle two threads' cache lines.
    const nint Granularity = 64;

    // Kernels of one network follow each other within microseconds; a worker that slept in between would cost more than it does.
    // Longer spinning would steal the core from whatever else runs there.
    static readonly long SpinTicks = Stopwatch.Frequency / 1_000_000 * 30;

    [ThreadStatic]
    static bool _insideKernel;

    readonly Thread[] _workers;
    readonly Scratch?[] _workspaces;
    readonly object _gate = new();
    int _busy;
    int _sleepers;
    volatile bool _stopping;

    // The current job. The fields are written before _state is published and stay until all parts are done, so a worker
    // whose claim on _state succeeds has read fields that belong to that claim.
    Job _job = Job.None;
    nint _count;
    long _state; // epoch << 32 | parts << 16 | next part
    int _finished;
    ExceptionDispatchInfo? _failure;

    /// <summary>Creates a pool of <paramref name="threads"/> threads in all, the caller's included.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 4096);
        Threads = threads;
        _workers = new Thread[threads - 1];
        _workspaces = new Scratch?[_workers.Length];
        for (int i = 0; i < _workers.Length; i++)
        {
            int worker = i;
            _workers[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"{nameof(WorkerPool)} {i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>The pool that everything in the process may use: one thread per processor. It is never disposed.</summary>
    public static WorkerPool Shared { get; } = new(Environment.ProcessorCount);

    /// <summary>The number of threads that work, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>The bytes that kernels have needed for themselves so far, on the threads of the pool and on the calling one.</summary>
    internal long Workspaces => _workspaces.Sum(workspace => workspace?.Bytes ?? 0) + Scratch.OfThisThread.Bytes;

    /// <summary>
    /// Runs <paramref name="kernel"/> over 0 ≤ i &lt; <paramref name="count"/> and returns when all of it is done. Ranges shorter than
    /// <paramref name="minimumPerThread"/> are not worth a thread and are not made. Calls from inside a kernel, and calls while
    /// another thread uses the pool, run on the calling thread alone. An exception in the kernel reaches the caller (the
    /// first, if several); parts not yet started are then skipped.
    /// </summary>
    public void Run<TKernel>(in TKernel kernel, nint count, nint minimumPerThread) where TKernel : struct, IRangeKernel
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (count <= 0)
            return;

        int parts = (int)Math.Min((nint)Threads * PartsPerThread, count / Math.Max(1, minimumPerThread));
        if (Threads == 1 || parts <= 1 || _insideKernel || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            kernel.Run(0, count);
            return;
        }

        try
        {
            RunParts(Job<TKernel>.For(kernel), count, parts);
        }
        finally
        {
            Job<TKernel>.Clear();
            _job = Job.None;
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Stops the threads after the parts they are working on and waits for them. Disposing <see cref="Shared"/> does nothing.</summary>
    public void Dispose()
    {
        if (ReferenceEquals(this, Shared) || _stopping)
            return;
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var worker in _workers)
            worker.Join();
    }

    void RunParts(Job job, nint count, int parts)
    {
        _job = job;
        _count = count;
        _finished = 0;
        _failure = null;
        long epoch = (Volatile.Read(ref _state) >> 32) + 1;
        Interlocked.Exchange(ref _state, epoch << 32 | (long)parts << 16);
        if (Volatile.Read(ref _sleepers) > 0)
            lock (_gate)
                Monitor.PulseAll(_gate);

        while (TryClaim(out int part, out _))
            RunPart(part, parts);

        var spinner = new SpinWait();
        while (Volatile.Read(ref _finished) < parts)
            spinner.SpinOnce(sleep1Threshold: -1);
        _failure?.Throw();
    }

    // True with a part of the current job that is now this thread's to run.
    bool TryClaim(out int part, out int parts)
    {
        while (true)
        {
            long state = Volatile.Read(ref _state);
            part = (int)(state & 0xffff);
            parts = (int)(state >> 16 & 0xffff);
            if (part >= parts)
                return false;
            if (Interlocked.CompareExchange(ref _state, state + 1, state) == state)
                return true;
        }
    }

    void RunPart(int part, int parts)
    {
        _insideKernel = true;
        try
        {
            if (Volatile.Read(ref _failure) is null)
                _job.Run(CutPoint(part, parts), CutPoint(part + 1, parts));
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
        finally
        {
            _insideKernel = false;
            Interlocked.Increment(ref _finished);
        }
    }

    // A job stays live until its last claimed part is finished, so _count belongs to the part's job.
    nint CutPoint(int part, int parts)
    {
        if (part == parts)
            return _count;
        nint quotient = _count / parts, cut = quotient * part + Math.Min(part, _count % parts);
        return quotient < 4 * Granularity ? cut : cut / Granularity * Granularity;
    }

    void Work(int worker)
    {
        _workspaces[worker] = Scratch.OfThisThread;
        while (!_stopping)
        {
            if (TryClaim(out int part, out int parts))
                RunPart(part, parts);
            else
                AwaitWork();
        }
    }

    void AwaitWork()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            if (HasWork())
                return;
            Thread.SpinWait(8);
        }

        lock (_gate)
        {
            // Announced before the last look: a caller that publishes after that look sees the sleeper and pulses.
            Interlocked.Increment(ref _sleepers);
            while (!_stopping && !HasWork())
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    bool HasWork()
    {
        long state = Volatile.Read(ref _state);
        return (state & 0xffff) < (state >> 16 & 0xffff);
    }

    abstract class Job
    {
        public static readonly Job None = new NoJob();

        public abstract void Run(nint begin, nint end);

        sealed class NoJob : Job
        {
            public override void Run(nint begin, nint end)
            {
            }
        }
    }

    // One slot per kernel type and calling thread, reused by every call.
    sealed class Job<TKernel> : Job where TKernel : struct, IRangeKernel
    {
        [ThreadStatic]
        static Job<TKernel>? _slot;

        TKernel _kernel;

        public static Job<TKernel> For(in TKernel kernel)
        {
            var slot = _slot ??= new Job<TKernel>();
            slot._kernel = kernel;
            return slot;
        }

        // The slot must not keep alive what the kernel refers to.
        public static void Clear() => _slot!._kernel = default;

        public override void Run(nint begin, nint end) => _kernel.Run(begin, end);
    }
}
