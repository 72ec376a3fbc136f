using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>What holds for a function before and after every pass. A breach is a mistake of ours, not of the program.</summary>
internal static class Verify
{
    /// <summary>Every breach in words; empty for a sound function.</summary>
    public static ImmutableArray<string> Problems(NetworkModel network, FunctionModel function)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var defined = new HashSet<string>(
            function.Arguments.SelectMany(argument => argument.Type.Shape.Dims).SelectMany(dim => dim.Symbols), StringComparer.Ordinal);
        var nodes = Scan.WithBodies(Node.Reachable(function.Roots));
        foreach (var node in nodes)
        {
            if (node.Inputs.Any(input => input.Id >= node.Id))
                problems.Add($"{node} comes before one of its inputs");
            var inferred = node.Operator.Infer([.. node.Inputs.Select(input => input.Type)]);
            if (inferred.Type != node.Type)
                problems.Add($"{node} should be {inferred.Type?.ToString() ?? inferred.Problem!.Constraint}");
            if (network.Builder.Make(node.Operator, node.Inputs) != node)
                problems.Add($"{node} is not a node of the network's builder");
            foreach (string symbol in node.Shape.Dims.SelectMany(dim => dim.Symbols).Except(defined))
                problems.Add($"no argument defines the extent {symbol} of {node}");
            Leaf(network, function, node, problems);
        }
        foreach (var update in function.Updates)
        {
            if (update.Value.Type != update.Variable.Type)
                problems.Add($"{update.Variable} is {update.Variable.Type}, but is updated by {update.Value}");
        }
        return problems.ToImmutable();
    }

    /// <exception cref="InvalidOperationException">The function is not sound.</exception>
    public static void Check(NetworkModel network, FunctionModel function)
    {
        var problems = Problems(network, function);
        if (!problems.IsEmpty)
            throw new InvalidOperationException($"function {function.Name}: {string.Join("; ", problems)}");
    }

    static void Leaf(NetworkModel network, FunctionModel function, Node node, ImmutableArray<string>.Builder problems)
    {
        switch (node.Operator)
        {
            case FunctionArgument leaf when !function.Arguments.Any(argument => argument.Name == leaf.Argument && argument.Type == leaf.Type):
                problems.Add($"{node} is not an argument");
                break;
            case VariableRead read when !network.Variables.Contains(read.Variable):
                problems.Add($"{node} is not a variable of the network");
                break;
            case DimensionSize size:
                foreach (string symbol in size.Dim.Symbols.Except(
                    function.Arguments.SelectMany(argument => argument.Type.Shape.Dims).SelectMany(dim => dim.Symbols)))
                    problems.Add($"no argument defines {symbol} of {node}");
                break;
        }
    }
}
