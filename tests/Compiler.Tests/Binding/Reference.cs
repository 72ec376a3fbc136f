using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>Computes what a program's functions compute, in float64.</summary>
internal sealed class Reference(string text)
{
    readonly NetworkModel _network = Bind.Network(text);

    /// <summary>The values of arguments and variables by their names.</summary>
    public Dictionary<string, double[]> Values { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> Symbols { get; } = new(StringComparer.Ordinal);

    public NetworkModel Network => _network;

    /// <summary>Gives every argument and variable that has no value yet one from a fixed sequence between -1 and 1.</summary>
    public Reference Fill()
    {
        var random = new Random(5);
        foreach (var (name, shape) in _network.Functions.SelectMany(function => function.Arguments).Select(argument => (argument.Name, argument.Type.Shape))
            .Concat(_network.Variables.Select(variable => (variable.Name, variable.Type.Shape))).DistinctBy(pair => pair.Name))
        {
            if (!Values.ContainsKey(name))
                Values[name] = [.. Enumerable.Range(0, (int)shape.Size.Evaluate(Symbols)).Select(_ => random.NextDouble() * 2 - 1)];
        }
        return this;
    }

    /// <summary>An output of a function.</summary>
    public double[] Output(string output, string function = "f")
    {
        var model = _network.Functions.Single(candidate => candidate.Name == function);
        return Evaluate([model.Outputs.Single(candidate => candidate.Name == output).Value])[0];
    }

    /// <summary>Calls a function: its updates take place. Gives its first output, or nothing.</summary>
    public double[] Call(string function)
    {
        var model = _network.Functions.Single(candidate => candidate.Name == function);
        var values = Evaluate([.. model.Updates.Select(update => update.Value), .. model.Outputs.Take(1).Select(output => output.Value)]);
        for (int i = 0; i < model.Updates.Length; i++)
            Values[model.Updates[i].Variable.Name] = values[i];
        return model.Outputs.IsEmpty ? [] : values[^1];
    }

    /// <summary>The central difference of a sum of outputs by one element.</summary>
    public double Slope(string output, string name, int element, double step = 1.0 / (1 << 16))
    {
        double At(double change)
        {
            var before = Values[name];
            Values[name] = [.. before];
            Values[name][element] += change;
            double sum = Output(output).Sum();
            Values[name] = before;
            return sum;
        }
        return (At(step) - At(-step)) / (2 * step);
    }

    double[][] Evaluate(Node[] roots)
    {
        var supplied = new Dictionary<Node, ReferenceTensor>();
        foreach (var node in Node.Reachable(roots))
        {
            string? name = node.Operator switch { FunctionArgument argument => argument.Argument, VariableRead read => read.Variable.Name, _ => null };
            if (name is not null)
                supplied[node] = new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(Symbols))], Values[name]);
            else if (node.Operator is TrainingFlag)
                supplied[node] = new ReferenceTensor([], [0]);
        }
        return [.. ReferenceEvaluator.Evaluate([.. roots], Symbols, supplied).Select(tensor => tensor.Data)];
    }
}
