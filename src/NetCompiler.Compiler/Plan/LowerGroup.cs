using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>Writes a fusion group as one loop kernel, over the axes of its root as they are.</summary>
internal sealed class LowerGroup
{
    readonly FusionGroup _group;
    readonly LoopBody _body = new();
    readonly List<LoopOperand> _operands = [];
    readonly Dictionary<Node, int> _operandOf = [];
    readonly List<LoopReduction> _reductions = [];
    readonly Dictionary<Node, int> _reductionOf = [];
    readonly Dictionary<LoopExpression, int> _stageOf = [];

    LowerGroup(FusionGroup group) => _group = group;

    int Axes => _group.Outer.Length + _group.Inner.Length;

    /// <summary>
    /// The kernel, and the stored node or scalar argument behind each operand that it reads; the operands after those are the
    /// group's stored nodes.
    /// </summary>
    public static (LoopKernel Kernel, ImmutableArray<Node> Operands) Run(FusionGroup group)
    {
        var lowering = new LowerGroup(group);
        var values = group.Stored
            .Select(node => (Node: node, Index: Enumerable.Range(0, node.Shape.Rank).Select(AxisIndex.Of).ToImmutableArray()))
            .Select(stored => (stored.Node, stored.Index, Value: lowering.Evaluate(stored.Node, stored.Index)))
            .ToList();
        var stores = new List<LoopStore>();
        foreach (var (node, index, value) in values)
        {
            bool perRow = !group.Inner.IsEmpty && index.Length == group.Outer.Length;
            stores.Add(new LoopStore(lowering._operands.Count, lowering.Flatten(node.Shape, index), value, lowering._stageOf[value], perRow));
            lowering._operands.Add(new LoopOperand(node.Element, IsScalar: false));
        }
        var kernel = new LoopKernel(group.Outer, group.Inner, [.. lowering._operands], [.. lowering._reductions], [.. stores]);
        return (kernel, [.. lowering._operandOf.OrderBy(pair => pair.Value).Select(pair => pair.Key)]);
    }

    LoopExpression Evaluate(Node node, ImmutableArray<AxisIndex> index)
    {
        if (node.Operator is Leaf)
            return EvaluateLeaf(node, index);
        if (!_group.Contains(node))
            return Load(node, index);
        if (IndexMapping.IsMapping(node))
            return Evaluate(node.Inputs[0], IndexMapping.ToInput(node, index));
        if (node.Operator is Reduction or PositionOf)
            return Reduce(node, index);
        var inputs = node.Inputs.Select(input => Evaluate(input, index)).ToImmutableArray();
        return Make(new LoopOperation.Apply(node.Operator), node.Element, inputs);
    }

    LoopExpression Make(LoopOperation operation, DType element, params ImmutableArray<LoopExpression> inputs)
    {
        var expression = _body.Make(operation, element, inputs);
        if (!_stageOf.ContainsKey(expression))
        {
            _stageOf[expression] = operation is LoopOperation.Reduced reduced
                ? _reductions[reduced.Reduction].Stage + 1
                : inputs.Select(input => _stageOf[input]).DefaultIfEmpty(0).Max();
        }
        return expression;
    }

    LoopExpression Reduce(Node node, ImmutableArray<AxisIndex> index)
    {
        if (!_reductionOf.TryGetValue(node, out int reduction))
        {
            var value = Evaluate(node.Inputs[0], FuseGroups.OperandIndex(node, index, _group.Outer.Length));
            reduction = _reductions.Count;
            _reductions.Add(new LoopReduction(node.Operator, value, _stageOf[value], node.Element));
            _reductionOf.Add(node, reduction);
        }
        return Make(new LoopOperation.Reduced(reduction), node.Element);
    }

    LoopExpression EvaluateLeaf(Node node, ImmutableArray<AxisIndex> index)
    {
        switch (node.Operator)
        {
            case Constant constant:
                return Make(new LoopOperation.Literal(constant.Value), node.Element);
            case DimensionSize size:
                return Make(new LoopOperation.Dimension(size.Dim), node.Element);
            case Iota iota:
                return Make(new LoopOperation.Index(Affine([(index[iota.Axis], Dim.One)])), node.Element);
            case FunctionArgument when FuseGroups.IsScalarArgument(node):
                return Make(new LoopOperation.ScalarOperand(Operand(node, isScalar: true)), node.Element);
            case FunctionArgument or VariableRead or BodyArgument:
                return Load(node, index);
            default:
                throw new InvalidOperationException($"no lowering for the leaf {node}");
        }
    }

    LoopExpression Load(Node node, ImmutableArray<AxisIndex> index)
    {
        var access = Flatten(node.Shape, index);
        return Make(new LoopOperation.Load(Operand(FuseGroups.Storage(node), isScalar: false), access), node.Element);
    }

    int Operand(Node stored, bool isScalar)
    {
        if (!_operandOf.TryGetValue(stored, out int operand))
        {
            _operandOf.Add(stored, operand = _operands.Count);
            _operands.Add(new LoopOperand(stored.Element, isScalar));
        }
        return operand;
    }

    Access Flatten(Shape shape, ImmutableArray<AxisIndex> index) => Affine(index.Zip(shape.Strides, (i, stride) => (i, stride)));

    Access Affine(IEnumerable<(AxisIndex Index, Dim Stride)> terms)
    {
        var offset = Dim.Zero;
        var strides = Enumerable.Repeat(Dim.Zero, Axes).ToArray();
        foreach (var (index, stride) in terms)
        {
            offset += index.Offset * stride;
            if (index.Axis is int axis)
                strides[axis] += stride * index.Step;
        }
        return new Access(offset, [.. strides]);
    }
}
