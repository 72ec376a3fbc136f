using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Every_index_runs_exactly_once(int threads)
    {
        using var pool = new WorkerPool(threads);
        foreach (int count in new[] { 0, 1, 2, 7, 63, 64, 65, 1000, 100_003 })
            foreach (int minimum in new[] { 0, 1, 10, 1_000_000 })
            {
                var visits = new int[count];
                pool.Run(new Visit(visits), count, minimum);
                visits.ShouldAllBe(v => v == 1);
            }
    }

    [Fact]
    public void Short_ranges_are_not_split_below_the_minimum()
    {
        using var pool = new WorkerPool(4);
        foreach (int count in new[] { 99, 100, 101, 250, 1000 })
        {
            var lengths = new List<long>();
            pool.Run(new Record(lengths), count, 50);
            lengths.Sum().ShouldBe(count);
            lengths.Min().ShouldBeGreaterThanOrEqualTo(50);
        }
    }

    [Fact]
    public void Exception_in_a_kernel_reaches_the_caller_and_the_pool_works_on()
    {
        foreach (int threads in new[] { 1, 3 })
        {
            using var pool = new WorkerPool(threads);
            for (int i = 0; i < 200; i++)
            {
                Should.Throw<InvalidTimeZoneException>(() => pool.Run(new Throw(i % 100), 100, 1)).Message.ShouldBe("thrown");
                var visits = new int[100];
                pool.Run(new Visit(visits), 100, 1);
                visits.ShouldAllBe(v => v == 1);
            }
        }
    }

    [Fact]
    public void Nested_run_completes_on_the_thread_that_called_it()
    {
        using var pool = new WorkerPool(3);
        for (int i = 0; i < 100; i++)
        {
            var visits = new int[64 * 64];
            pool.Run(new Nest(pool, visits), 64, 1);
            visits.ShouldAllBe(v => v == 1);
        }
    }

    [Fact]
    public async Task Concurrent_callers_do_not_disturb_each_other()
    {
        using var pool = new WorkerPool(3);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                var visits = new int[i % 300];
                pool.Run(new Visit(visits), visits.Length, 1);
                Array.TrueForAll(visits, v => v == 1).ShouldBeTrue();
            }
        })));
    }

    [Fact]
    public void Workers_that_went_to_sleep_wake_up()
    {
        using var pool = new WorkerPool(2);
        for (int i = 0; i < 20; i++)
        {
            // Longer than workers spin, so that they block.
            Thread.Sleep(2);
            using var both = new Barrier(2);
            pool.Run(new Meet(both), 2, 1);
        }
    }

    [Fact]
    public void Disposed_pool_ends_its_threads_and_refuses_work()
    {
        for (int i = 0; i < 50; i++)
        {
            var pool = new WorkerPool(4);
            var visits = new int[10];
            pool.Run(new Visit(visits), 10, 1);
            pool.Dispose();
            pool.Dispose();
            Should.Throw<ObjectDisposedException>(() => pool.Run(new Visit(visits), 10, 1));
        }
    }

    [Fact]
    public void Shared_pool_survives_disposal()
    {
        WorkerPool.Shared.Dispose();
        var visits = new int[1000];
        WorkerPool.Shared.Run(new Visit(visits), visits.Length, 1);
        visits.ShouldAllBe(v => v == 1);
        WorkerPool.Shared.Threads.ShouldBe(Environment.ProcessorCount);
    }

    [Fact]
    public void Running_again_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        var kernel = new Visit(new int[1000]);
        for (int i = 0; i < 50; i++)
            pool.Run(kernel, 1000, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            pool.Run(kernel, 1000, 1);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    readonly struct Visit(int[] visits) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
                Interlocked.Increment(ref visits[i]);
        }
    }

    readonly struct Record(List<long> lengths) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            lock (lengths)
                lengths.Add(end - begin);
        }
    }

    readonly struct Throw(nint index) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            if (begin <= index && index < end)
                throw new InvalidTimeZoneException("thrown");
        }
    }

    readonly struct Nest(WorkerPool pool, int[] visits) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
                pool.Run(new Row(visits, i * 64, Environment.CurrentManagedThreadId), 64, 1);
        }
    }

    readonly struct Row(int[] visits, nint start, int thread) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            if (Environment.CurrentManagedThreadId != thread)
                throw new InvalidOperationException("a nested run changed threads");
            for (nint i = begin; i < end; i++)
                Interlocked.Increment(ref visits[start + i]);
        }
    }

    readonly struct Meet(Barrier barrier) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            if (!barrier.SignalAndWait(TimeSpan.FromSeconds(30)))
                throw new TimeoutException("the other thread did not come");
        }
    }
}
