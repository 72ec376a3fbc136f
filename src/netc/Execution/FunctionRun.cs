using NetCompiler.Reports;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>A function of a compiled network with arguments to call it with, again and again.</summary>
internal sealed class FunctionRun
{
    readonly string _function;
    readonly object[] _arguments;

    public FunctionRun(Network network, string function, IReadOnlyList<InputReport> inputs, IReadOnlyDictionary<string, long> symbols)
    {
        Network = network;
        _function = function;
        _arguments = RandomArguments.Draw(network.Functions.Single(candidate => candidate.Name == function), inputs, symbols, seed: 1);
    }

    public Network Network { get; }

    public IReadOnlyList<object> Arguments => _arguments;

    /// <exception cref="UserErrorException">The sizes do not fit the function.</exception>
    public IReadOnlyList<object> Call()
    {
        try
        {
            return Network.Invoke(_function, _arguments);
        }
        catch (ArgumentException exception)
        {
            throw new UserErrorException($"{Network.Name}.{_function} cannot be called with these sizes: {exception.Message}; choose others with --size");
        }
    }
}
