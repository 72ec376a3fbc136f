using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Loops;

/// <summary>
/// Makes every size of a kernel but 0 and 1 a symbol, so that kernels which differ only in their sizes become equal. A deep
/// network has the same loops at many sizes: one kernel that is given them is compiled once.
/// </summary>
internal sealed class GeneralSizes
{
    readonly List<Dim> _sizes = [];
    readonly Dictionary<Dim, Dim> _symbolOf = [];

    GeneralSizes()
    {
    }

    /// <summary>The symbol that stands for a size; sizes count in the order in which they first occur.</summary>
    public static string Symbol(int size) => "s" + size.ToString(CultureInfo.InvariantCulture);

    /// <summary>The kernel over symbols, and the sizes with which it is <paramref name="kernel"/>.</summary>
    public static (LoopKernel Kernel, ImmutableArray<Dim> Sizes) Run(LoopKernel kernel)
    {
        var general = new GeneralSizes();
        var result = general.Rewrite(kernel);
        return (result, [.. general._sizes]);
    }

    LoopKernel Rewrite(LoopKernel kernel)
    {
        var outer = kernel.Outer.Select(Replace).ToImmutableArray();
        var inner = kernel.Inner.Select(Replace).ToImmutableArray();
        var body = new LoopBody();
        var replaced = new Dictionary<LoopExpression, LoopExpression>();
        foreach (var expression in LoopExpression.Reachable(kernel.Roots))
        {
            var operation = expression.Operation switch
            {
                LoopOperation.Load load => new LoopOperation.Load(load.Operand, Replace(load.Access)),
                LoopOperation.Index index => new LoopOperation.Index(Replace(index.Access)),
                LoopOperation.Dimension size => new LoopOperation.Dimension(Replace(size.Dim)),
                var other => other,
            };
            replaced.Add(expression, body.Make(operation, expression.Element, [.. expression.Inputs.Select(input => replaced[input])]));
        }
        return kernel with
        {
            Outer = outer,
            Inner = inner,
            Reductions = [.. kernel.Reductions.Select(reduction => reduction with { Value = replaced[reduction.Value] })],
            Stores = [.. kernel.Stores.Select(store => store with { Access = Replace(store.Access), Value = replaced[store.Value] })],
        };
    }

    Access Replace(Access access) => new(Replace(access.Offset), [.. access.Strides.Items.Select(Replace)]);

    // A stride of 0 repeats and one of 1 is contiguous: other code. What runs backwards is told apart too, and what no int holds.
    Dim Replace(Dim size)
    {
        if (size.IsConstant && size.Value is < 2 or > int.MaxValue)
            return size;
        if (!_symbolOf.TryGetValue(size, out var symbol))
        {
            _symbolOf.Add(size, symbol = Dim.Symbol(Symbol(_sizes.Count)));
            _sizes.Add(size);
        }
        return symbol;
    }
}
