using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>Turns an optimised function, or the body of a scan, into steps: fusion, loops, updates, order, storage.</summary>
internal sealed class BuildPlan
{
    // Unique in a function, the bodies of its scans included.
    readonly ShortNames _names;
    readonly Dictionary<string, Buffer> _arguments = new(StringComparer.Ordinal);
    readonly Dictionary<Variable, Buffer> _variables = [];

    // The scan whose body this is, the tensors that it is given, and what stands for them in a step.
    readonly Scan? _scan;
    readonly ImmutableArray<(Node Node, string Name)> _inputs;
    readonly Dictionary<int, Buffer> _bodyArguments = [];

    // Where the elements of a node lie. A leaf that is also a result has a copy besides.
    readonly Dictionary<Node, Buffer> _storage = [];
    readonly Dictionary<Node, Buffer> _copies = [];

    readonly bool _forGpu;

    BuildPlan(ShortNames names, Scan? scan, ImmutableArray<(Node Node, string Name)> inputs, bool forGpu)
    {
        _forGpu = forGpu;
        _names = names;
        _scan = scan;
        _inputs = inputs;
    }

    /// <summary>The plan of a function, within its limit of memory if that can be met.</summary>
    public static FunctionPlan Run(FunctionModel function) => Run(function, forGpu: false);

    /// <summary>The plan for a GPU, whose products end with loops over their elements only, not over parts of their columns, and are stored.</summary>
    public static FunctionPlan RunForGpu(FunctionModel function) => Run(function, forGpu: true);

    static FunctionPlan Run(FunctionModel function, bool forGpu)
    {
        return function.Memory is { } limit ? FitMemory.Run(function, limit, Whole) : Whole(function);

        FunctionPlan Whole(FunctionModel function) => new BuildPlan(new(), scan: null, inputs: [], forGpu).Function(function);
    }

    FunctionPlan Function(FunctionModel function)
    {
        var updates = function.Updates.Where(update => update.Value.Operator is not VariableRead read || read.Variable != update.Variable).ToList();
        var outputs = function.Outputs.Select(output => FuseGroups.Storage(output.Value)).ToList();
        var steps = Compute(outputs, BufferKind.Result, updates.Select(update => update.Value));
        steps = FuseAndSchedule(steps, outputs.Select(Result), [.. updates.Select(update => (StorageOf(update.Variable), Result(update.Value)))]);
        (steps, int prepared) = PrepareValues.Run(steps);
        return new FunctionPlan(
            function,
            [.. steps],
            prepared,
            [.. function.Arguments.Select(argument => _arguments.TryGetValue(argument.Name, out var buffer) ? buffer : null)],
            [.. outputs.Select(Result)],
            AssignSlots.Run(steps));
    }

    List<Step> FuseAndSchedule(List<Step> steps, IEnumerable<Buffer> results, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        steps = FuseEpilogues.Run(steps, updates, inParts: false, _forGpu);
        var kept = new HashSet<Buffer>(results.Concat(updates.Select(update => update.Value)));
        steps = MergeLoops.Run(steps, kept, updates);
        // The gates of a cell have become one loop, and so have their gradients.
        if (!_forGpu)
            steps = FuseEpilogues.Run(steps, updates, inParts: true, forGpu: false);
        steps = StoreParts.Run(steps, kept);
        steps = ScheduleUpdates.Run([.. steps.Select(step => step is LoopStep loops ? loops with { Kernel = CoalesceAxes.Run(loops.Kernel) } : step)], updates);
        return OrderSteps.Run(_forGpu ? steps : PassResults.Run(steps, kept));
    }

    /// <summary>A step of a scan is a small function: its carried values are variables with updates, its yields are outputs.</summary>
    /// <param name="yields">The stored nodes of the body whose values are stacked.</param>
    /// <param name="elements">The buffer of each of these.</param>
    BodyPlan Body(IReadOnlyList<Node> yields, out ImmutableArray<Buffer> elements)
    {
        var (sequences, carries, body) = (_scan!.Sequences, _scan.Carries, _scan.Body);
        var updates = Enumerable.Range(0, carries)
            .Where(carry => body[carry].Operator is not BodyArgument same || same.Index != sequences + carry)
            .Select(carry => (Index: sequences + carry, Value: body[carry])).ToList();
        var steps = Compute(yields, BufferKind.Element, updates.Select(update => update.Value));
        steps = FuseAndSchedule(steps, yields.Select(Result), [.. updates.Select(update => (BodyArgument(update.Index), Result(update.Value)))]);
        elements = [.. yields.Select(Result)];
        return new BodyPlan(
            [.. steps],
            [.. _inputs.Select((_, i) => _bodyArguments.TryGetValue(i, out var buffer) ? buffer : null)],
            [.. elements.Distinct()],
            AssignSlots.Run(steps));
    }

    /// <summary>The steps that compute <paramref name="outputs"/>, which get buffers of a kind of their own, and <paramref name="updates"/>.</summary>
    List<Step> Compute(IReadOnlyList<Node> outputs, BufferKind outputKind, IEnumerable<Node> updates)
    {
        var steps = new List<Step>();
        foreach (var group in FuseGroups.Run([.. outputs, .. updates], _forGpu))
        {
            BufferKind KindOf(Node node) => outputs.Contains(node) ? outputKind : BufferKind.Temporary;
            if (group.Root.Operator is Scan scan)
            {
                steps.Add(NewScan(group.Root, scan, [.. group.Stored.Skip(1)], KindOf));
                continue;
            }
            ImmutableArray<Buffer> buffers = [.. group.Stored.Select(node => NewBuffer(KindOf(node), node))];
            // The step of a leaf reads the leaf itself, so it is made before the copy is known.
            steps.Add(NewStep(group, buffers));
            foreach (var (node, buffer) in group.Stored.Zip(buffers, (node, buffer) => (node, buffer)))
                (FuseGroups.IsAddressable(node) ? _copies : _storage).Add(node, buffer);
        }
        return steps;
    }

    Buffer Result(Node node) => _copies.TryGetValue(FuseGroups.Storage(node), out var copy) ? copy : StorageOf(FuseGroups.Storage(node));

    Step NewStep(FusionGroup group, ImmutableArray<Buffer> results)
    {
        if (FuseGroups.IsOpaque(group.Root))
        {
            ImmutableArray<Node> stored = [.. FuseGroups.OpaqueOperands(group.Root)];
            return new CallStep(group.Root, [.. stored.Select(operand => StorageOf(operand))], results) { Operands = stored, Values = [.. group.Stored] };
        }
        var (kernel, operands) = LowerGroup.Run(group);
        Buffer? Address(Node node) => FuseGroups.IsScalarArgument(node) ? null : StorageOf(node);
        return new LoopStep(
            group.Root,
            kernel,
            [.. operands.Select(Address)],
            [.. operands.Select(node => FuseGroups.IsScalarArgument(node) ? node : null)],
            results)
        { Operands = operands, Values = [.. group.Stored] };
    }

    /// <summary>Every carried value needs storage; of the stacked ones those that are read, equal ones once.</summary>
    ScanStep NewScan(Node node, Scan scan, IReadOnlyList<Node> results, Func<Node, BufferKind> kindOf)
    {
        static int Index(Node result) => ((ScanResult)result.Operator).Index;
        Node Yielded(Node result) => FuseGroups.Storage(scan.Body[Index(result)]);

        var writes = new List<Buffer>();
        for (int carry = 0; carry < scan.Carries; carry++)
        {
            var result = results.FirstOrDefault(candidate => Index(candidate) == carry);
            writes.Add(NewBuffer(result is null ? BufferKind.Temporary : kindOf(result), NameOf(result ?? node), scan.Body[carry].Type));
            if (result is not null)
                _storage.Add(result, writes[carry]);
        }
        var stacked = results.Where(result => Index(result) >= scan.Carries).ToList();
        ImmutableArray<Buffer> reads = [.. FuseGroups.OpaqueOperands(node).Select(operand => StorageOf(operand))];
        var inputs = node.Inputs.Select((input, i) => (input, i >= scan.Sequences && i < scan.Sequences + scan.Carries ? writes[i - scan.Sequences].Name : reads[i].Name));
        var body = new BuildPlan(_names, scan, [.. inputs], _forGpu).Body([.. stacked.Select(Yielded)], out var elements);
        foreach (var equal in stacked.Zip(elements, (result, element) => (result, element)).GroupBy(pair => pair.element, pair => pair.result))
        {
            var named = equal.FirstOrDefault(result => kindOf(result) != BufferKind.Temporary) ?? equal.First();
            writes.Add(NewBuffer(kindOf(named), named));
            foreach (var result in equal)
                _storage.Add(result, writes[writes.Count - 1]);
        }
        return new ScanStep(node, [.. reads], [.. writes], body);
    }

    /// <summary>The buffer that holds the elements of a stored node.</summary>
    Buffer StorageOf(Node node)
    {
        switch (node.Operator)
        {
            case VariableRead read:
                return StorageOf(read.Variable);
            case BodyArgument argument:
                return BodyArgument(argument.Index);
            case FunctionArgument argument when FuseGroups.IsAddressable(node):
                if (!_arguments.TryGetValue(argument.Argument, out var buffer))
                    _arguments.Add(argument.Argument, buffer = NewBuffer(BufferKind.Argument, (argument.Argument, ""), node.Type));
                return buffer;
            default:
                return _storage[node];
        }
    }

    /// <summary>What stands in a step for an input of the scan. What is the same memory has the same name.</summary>
    Buffer BodyArgument(int index)
    {
        if (_bodyArguments.TryGetValue(index, out var buffer))
            return buffer;
        var (input, name) = _inputs[index];
        var type = _scan!.ArgumentType(index, input.Type);
        buffer = index < _scan.Sequences ? NewBuffer(BufferKind.Element, (name + "_t", ""), type) : new Buffer(BufferKind.Outer, name, type);
        _bodyArguments.Add(index, buffer);
        return buffer;
    }

    Buffer StorageOf(Variable variable)
    {
        if (!_variables.TryGetValue(variable, out var buffer))
        {
            buffer = new Buffer(BufferKind.Variable, variable.Name, variable.Type, variable);
            _variables.Add(variable, buffer);
        }
        return buffer;
    }

    Buffer NewBuffer(BufferKind kind, Node node) => NewBuffer(kind, NameOf(node), node.Type);

    Buffer NewBuffer(BufferKind kind, (string Path, string Prefix) name, TensorType type) => new(kind, _names.Add(name.Path, name.Prefix), type);

    (string Path, string Prefix) NameOf(Node node)
    {
        if (node.Operator is BodyArgument argument)
            return (BodyArgument(argument.Index).Name, "");
        return (node.Origin.Name.Length > 0 ? node.Origin.Name : node.Operator.Name, node.Replica.Number > 1 ? "again_" : node.Origin.IsGradient ? "grad_" : "");
    }
}
