using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Loops;

/// <summary>An affine function of the kernel's axes: <c>offset + sum of strides[axis] * axis</c>.</summary>
internal sealed record Access(Dim Offset, EquatableArray<Dim> Strides)
{
    public static Access Constant(Dim offset, int axes) => new(offset, [.. Enumerable.Repeat(Dim.Zero, axes)]);

    public bool DependsOn(int axis) => !Strides[axis].Is(0);
}

/// <summary>What an expression of a kernel's body computes from its inputs.</summary>
internal abstract record LoopOperation
{
    /// <summary>An element of an operand.</summary>
    public sealed record Load(int Operand, Access Access) : LoopOperation;

    /// <summary>A number known at build time.</summary>
    public sealed record Literal(double Value) : LoopOperation;

    /// <summary>The value of an affine function of the axes.</summary>
    public sealed record Index(Access Access) : LoopOperation;

    /// <summary>A scalar operand, the same for the whole kernel.</summary>
    public sealed record ScalarOperand(int Operand) : LoopOperation;

    /// <summary>The value of a dimension.</summary>
    public sealed record Dimension(Dim Dim) : LoopOperation;

    /// <summary>An element-wise operator.</summary>
    public sealed record Apply(Operator Operator) : LoopOperation;

    /// <summary>The result of the kernel's reduction number <paramref name="Reduction"/> for the current row.</summary>
    public sealed record Reduced(int Reduction) : LoopOperation;
}

/// <summary>One value of a kernel's body. Expressions of one <see cref="LoopBody"/> are interned: equal means same.</summary>
internal sealed class LoopExpression(int id, LoopOperation operation, ImmutableArray<LoopExpression> inputs, DType element)
{
    /// <summary>Ascending ids are an order of evaluation.</summary>
    public int Id { get; } = id;

    public LoopOperation Operation { get; } = operation;

    public ImmutableArray<LoopExpression> Inputs { get; } = inputs;

    public DType Element { get; } = element;

    /// <summary>This and all expressions it depends on, inputs first.</summary>
    public static ImmutableArray<LoopExpression> Reachable(IEnumerable<LoopExpression> roots)
    {
        var seen = new HashSet<LoopExpression>();
        var pending = new Stack<LoopExpression>(roots);
        while (pending.Count > 0)
        {
            var expression = pending.Pop();
            if (!seen.Add(expression))
                continue;
            foreach (var input in expression.Inputs)
                pending.Push(input);
        }
        return [.. seen.OrderBy(expression => expression.Id)];
    }
}

/// <summary>Makes and interns the expressions of one kernel.</summary>
internal sealed class LoopBody
{
    readonly Dictionary<(LoopOperation, EquatableArray<int>, DType), LoopExpression> _interned = [];

    public LoopExpression Make(LoopOperation operation, DType element, params ImmutableArray<LoopExpression> inputs)
    {
        var key = (operation, new EquatableArray<int>([.. inputs.Select(input => input.Id)]), element);
        if (!_interned.TryGetValue(key, out var expression))
            _interned.Add(key, expression = new LoopExpression(_interned.Count, operation, inputs, element));
        return expression;
    }
}
