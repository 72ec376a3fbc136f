using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>Turns an optimised function into steps: fusion, loops, order, storage.</summary>
internal sealed class BuildPlan
{
    readonly FunctionModel _function;
    readonly List<Buffer> _buffers = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly Dictionary<string, Buffer> _arguments = new(StringComparer.Ordinal);
    readonly Dictionary<Variable, Buffer> _variables = [];

    // Where the elements of a node lie. A leaf that is also a result has a copy besides.
    readonly Dictionary<Node, Buffer> _storage = [];
    readonly Dictionary<Node, Buffer> _copies = [];

    BuildPlan(FunctionModel function) => _function = function;

    public static FunctionPlan Run(FunctionModel function) => new BuildPlan(function).Run();

    FunctionPlan Run()
    {
        var updates = _function.Updates.Where(update => update.Value.Operator is not VariableRead read || read.Variable != update.Variable).ToList();
        var outputs = _function.Outputs.Select(output => FuseGroups.Storage(output.Value)).ToList();
        var groups = FuseGroups.Run([.. outputs, .. updates.Select(update => update.Value)]);

        var steps = new List<Step>();
        foreach (var group in groups)
        {
            ImmutableArray<Buffer> buffers =
                [.. group.Stored.Select(node => NewBuffer(outputs.Contains(node) ? BufferKind.Result : BufferKind.Temporary, node))];
            // The step of a leaf reads the leaf itself, so it is made before the copy is known.
            steps.Add(NewStep(group, buffers));
            foreach (var (node, buffer) in group.Stored.Zip(buffers, (node, buffer) => (node, buffer)))
                (FuseGroups.IsAddressable(node) ? _copies : _storage).Add(node, buffer);
        }
        Buffer Result(Node node) => _copies.TryGetValue(FuseGroups.Storage(node), out var copy) ? copy : StorageOf(FuseGroups.Storage(node));

        steps = ScheduleUpdates.Run(steps, [.. updates.Select(update => (StorageOf(update.Variable), Result(update.Value)))]);
        return new FunctionPlan(
            _function,
            [.. steps],
            [.. _function.Arguments.Select(argument => _arguments.TryGetValue(argument.Name, out var buffer) ? buffer : null)],
            [.. outputs.Select(Result)],
            AssignSlots.Run(steps));
    }

    Step NewStep(FusionGroup group, ImmutableArray<Buffer> results)
    {
        if (FuseGroups.IsOpaque(group.Root))
            return new CallStep(group.Root, [.. FuseGroups.OpaqueOperands(group.Root).Select(operand => StorageOf(operand))], results);
        var (kernel, operands) = LowerGroup.Run(group);
        Buffer? Address(Node node) => FuseGroups.IsScalarArgument(node) ? null : StorageOf(node);
        return new LoopStep(
            group.Root,
            kernel,
            [.. operands.Select(Address)],
            [.. operands.Select(node => FuseGroups.IsScalarArgument(node) ? node : null)],
            results);
    }

    /// <summary>The buffer that holds the elements of a stored node.</summary>
    Buffer StorageOf(Node node)
    {
        switch (node.Operator)
        {
            case VariableRead read:
                return StorageOf(read.Variable);
            case FunctionArgument argument when FuseGroups.IsAddressable(node):
                if (!_arguments.TryGetValue(argument.Argument, out var buffer))
                    _arguments.Add(argument.Argument, buffer = NewBuffer(BufferKind.Argument, argument.Argument, node.Type));
                return buffer;
            default:
                return _storage[node];
        }
    }

    Buffer StorageOf(Variable variable)
    {
        if (!_variables.TryGetValue(variable, out var buffer))
        {
            buffer = new Buffer(_buffers.Count, BufferKind.Variable, variable.Name, variable.Type, variable);
            _buffers.Add(buffer);
            _variables.Add(variable, buffer);
        }
        return buffer;
    }

    Buffer NewBuffer(BufferKind kind, Node node)
    {
        string name = node.Origin.Name.Length > 0 ? node.Origin.Name : node.Operator.Name;
        return NewBuffer(kind, node.Origin.IsGradient ? $"grad_{name}" : name, node.Type);
    }

    Buffer NewBuffer(BufferKind kind, string name, TensorType type)
    {
        string identifier = new([.. name.Select(c => char.IsLetterOrDigit(c) ? c : '_')]);
        string unique = identifier;
        for (int number = 2; !_names.Add(unique); number++)
            unique = $"{identifier}_{number}";
        var buffer = new Buffer(_buffers.Count, kind, unique, type);
        _buffers.Add(buffer);
        return buffer;
    }
}
