using System.IO.Enumeration;
using System.Security.Cryptography;

namespace NetCompiler.Runtime;

/// <summary>
/// What every compiled network is: named variables, files of them, and functions that can also be called by name.
/// A network and its results belong to one thread at a time.
/// </summary>
public abstract class Network
{
    readonly List<Variable> _variables = [];
    readonly List<Variable> _parameters = [];
    readonly Dictionary<string, Variable> _byName = new(StringComparer.Ordinal);
    readonly PinnedBuffer _arena = new();
    readonly List<PinnedBuffer> _results = [];

    /// <summary>Creates a network without variables.</summary>
    /// <param name="seed">Determines the variables' first values.</param>
    /// <param name="pool">The threads to compute on; the shared ones when null. First values are drawn on the threads of .NET.</param>
    protected Network(ulong seed, WorkerPool? pool)
    {
        Seed = seed;
        Pool = pool ?? WorkerPool.Shared;
    }

    /// <summary>The network's name in .net source.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>The seed of the variables' present first values.</summary>
    public ulong Seed { get; private set; }

    /// <summary>The threads that the functions compute on.</summary>
    public WorkerPool Pool { get; }

    /// <summary>Where the functions compute; never <see cref="DeviceKind.Best"/>, but what that came to.</summary>
    public Device Device { get; protected init; } = Device.Cpu;

    /// <summary>Who is told of each step of a function, if the network was compiled to be observed; otherwise nobody is told.</summary>
    public StepObserver? Observer { get; set; }

    /// <summary>The memory that the network holds at present. What callers pass and keep is theirs and not counted.</summary>
    public MemoryUse MemoryInUse => new(
        _variables.Sum(variable => variable.Capacity), _arena.Capacity, _results.Sum(buffer => buffer.Capacity), Pool.Workspaces);

    /// <summary>All variables in the order of the source.</summary>
    public IReadOnlyList<Variable> Variables => _variables;

    /// <summary>The variables that training learns.</summary>
    public IReadOnlyList<Variable> Parameters => _parameters;

    /// <summary>The functions of the network.</summary>
    public abstract IReadOnlyList<FunctionSignature> Functions { get; }

    /// <summary>The variable of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message names the nearest.</exception>
    public Variable this[string name] => _byName.TryGetValue(name, out var variable)
        ? variable
        : throw new KeyNotFoundException($"{Name} has no variable '{name}'{Suggestion.For(name, _byName.Keys)}");

    /// <summary>
    /// The values of the variable of that name, in row-major order; writing to them changes the network. Take the span again after calling a
    /// function: what is written through an older one may go unnoticed.
    /// </summary>
    /// <typeparam name="T">The element type: float, double, int, long, byte or bool.</typeparam>
    /// <exception cref="KeyNotFoundException">There is none; the message names the nearest.</exception>
    /// <exception cref="ArgumentException">Its elements are of another type.</exception>
    public Span<T> Values<T>(string name) where T : unmanaged => (this[name] as Variable<T>
        ?? throw new ArgumentException($"the elements of {this[name]} are not of type {ElementTypes.Name<T>()}", nameof(name))).Span;

    /// <summary>
    /// The first 16 hexadecimal digits of the SHA-256 of all variables' bytes, in the order of the source: equal for networks
    /// that are equal to the last bit, and for all practical purposes only for these.
    /// </summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var variable in _variables)
            hash.AppendData(variable.Bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    /// <summary>Calls a function by name.</summary>
    /// <param name="function">The name in .net source, such as predict.</param>
    /// <param name="arguments">For each input an array of its element type, or a scalar where the shape is [].</param>
    /// <returns>For each output a <see cref="TensorView{T}"/>, or a scalar where the shape is []; valid until the function's next call.</returns>
    /// <exception cref="ArgumentException">There is no such function, or an argument does not fit.</exception>
    public abstract IReadOnlyList<object> Invoke(string function, params ReadOnlySpan<object> arguments);

    /// <summary>Gives all variables first values anew.</summary>
    public void Initialize(ulong seed)
    {
        Seed = seed;
        foreach (var variable in _variables)
            variable.Initialize(seed);
    }

    /// <summary>
    /// Gives the states of the network itself whose names match their first values again: a recurrence starts anew. What layers and
    /// optimizers keep, and the parameters, stay.
    /// </summary>
    /// <param name="pattern">Names with * for any letters and ? for one, such as encoder.*; all by default.</param>
    public void Reset(string pattern = "*") => Reset(VariableKind.State, pattern);

    /// <summary>Gives the variables of one kind whose names match their first values again, such as an optimizer's moments.</summary>
    /// <param name="kind">What the variables are for.</param>
    /// <param name="pattern">Names with * for any letters and ? for one; all by default.</param>
    public void Reset(VariableKind kind, string pattern = "*")
    {
        foreach (var variable in _variables)
            if (variable.Kind == kind && FileSystemName.MatchesSimpleExpression(pattern, variable.Name, ignoreCase: false))
                variable.Initialize(Seed);
    }

    /// <summary>Writes all variables to a safetensors file: the whole file, or on failure none of it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => NetworkFile.Save(this, path, _variables);

    /// <summary>
    /// Writes the variables of some kinds: for an application that only predicts, all but <see cref="VariableKind.Moment"/>, which is half
    /// of the file with momentum and two thirds with adam. Such a file is loaded with <see cref="LoadMode.Parameters"/>.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, params IReadOnlyCollection<VariableKind> kinds) => NetworkFile.Save(this, path, _variables.Where(variable => kinds.Contains(variable.Kind)));

    /// <summary>Reads variables from a safetensors file; on failure, and with <see cref="LoadMode.Exact"/> on any difference, nothing changes.</summary>
    /// <exception cref="LoadException">With <see cref="LoadMode.Exact"/>: the file's tensors are not exactly the network's variables.</exception>
    /// <exception cref="DataFileException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public LoadReport Load(string path, LoadMode mode = LoadMode.Exact) => NetworkFile.Load(this, path, mode);

    /// <summary>What the functions compute in, one after the other.</summary>
    protected PinnedBuffer Arena => _arena;

    /// <summary>Memory that stays the network's, for results and what is kept from call to call.</summary>
    protected PinnedBuffer NewBuffer()
    {
        var buffer = new PinnedBuffer();
        _results.Add(buffer);
        return buffer;
    }

    /// <summary>Changes when one of these variables does.</summary>
    protected static long VersionOf(ReadOnlySpan<Variable> variables)
    {
        long sum = 0;
        foreach (var variable in variables)
            sum += variable.Version;
        return sum;
    }

    /// <summary>Tells that a function has changed these variables.</summary>
    protected static void Touch(ReadOnlySpan<Variable> variables)
    {
        foreach (var variable in variables)
            variable.Touch();
    }

    /// <summary>Tells that a function has changed all variables that matter to others.</summary>
    protected void TouchAll()
    {
        foreach (var variable in _variables)
            variable.Touch();
    }

    /// <summary>Gives a state the sizes of a call; if these are new it starts from its first values.</summary>
    /// <exception cref="ArgumentException">The shape is not one that the variable was added with, or is impossible.</exception>
    protected void Resize(Variable variable, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (variable.Resize(shape))
            variable.Initialize(Seed);
    }

    /// <summary>Loads the file that the network's source names: all parameters, and the states that it has.</summary>
    /// <param name="path">As the source has it.</param>
    /// <param name="folder">What the path starts from; the folder of the program when null.</param>
    /// <exception cref="LoadException">A parameter is missing, or a variable is of another type or shape; nothing was changed.</exception>
    /// <exception cref="DataFileException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    protected LoadReport LoadDeclared(string path, string? folder) => Load(Path.Combine(folder ?? AppContext.BaseDirectory, path), LoadMode.Parameters);

    /// <summary>Adds a variable with its first values.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kind">What it is for.</param>
    /// <param name="initializer">How it gets its first values.</param>
    /// <param name="shape">The dimensions; <see cref="Variable.AnySize"/> for those that take the sizes of calls.</param>
    /// <exception cref="ArgumentException">The name is taken, or the shape is impossible.</exception>
    protected Variable<T> Add<T>(string name, VariableKind kind, Initializer initializer, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        var variable = new Variable<T>(name, kind, initializer, shape);
        if (!_byName.TryAdd(name, variable))
            throw new ArgumentException($"the variable '{name}' is already there");
        variable.Initialize(Seed);
        _variables.Add(variable);
        if (kind == VariableKind.Parameter)
            _parameters.Add(variable);
        return variable;
    }
}
