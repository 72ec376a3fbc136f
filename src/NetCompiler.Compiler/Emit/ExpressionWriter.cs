using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Text;
using NetCompiler.Emit.Cpu;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>How a loop kernel is spelled.</summary>
internal enum LoopForm
{
    /// <summary>Plain loops over numbers.</summary>
    Scalar,
    /// <summary>Lanes along the last outer axis; maps and sums over leading axes.</summary>
    LanesAreRows,
    /// <summary>Lanes along the last inner axis; sums over trailing axes.</summary>
    LanesInRow,
}

/// <summary>Spells the expressions of a kernel's body in one C# scope.</summary>
internal sealed class ExpressionWriter(LoopKernel kernel, CodeWriter writer, LoopForm form, int laneAxis, string? lanes, ScalarSyntax? syntax = null)
{
    readonly ScalarSyntax _scalars = syntax ?? CpuScalars.Instance;
    readonly Dictionary<LoopExpression, string> _named = [];
    readonly Dictionary<int, string> _axisNames = [];
    int _names;

    public void Rename(int axis, string name) => _axisNames[axis] = name;

    /// <summary>The expression's value is in a variable already.</summary>
    public void Name(LoopExpression expression, string name) => _named[expression] = name;

    /// <summary>Evaluates what is the same for all iterations of the loop before it, splatted over the lanes.</summary>
    public void DefineUniform(IEnumerable<LoopExpression> roots, IEnumerable<int> knownAxes)
    {
        var known = new HashSet<int>(knownAxes);
        var reachable = LoopExpression.Reachable(roots);
        var uniform = reachable.Where(expression => expression.Element != DType.Bool && IsUniform(expression, known)).ToList();
        var usedOutside = new HashSet<LoopExpression>(reachable.Where(expression => !uniform.Contains(expression)).SelectMany(expression => expression.Inputs).Concat(roots));
        foreach (var expression in uniform.Where(usedOutside.Contains))
        {
            if (_named.ContainsKey(expression) || lanes is null && IsTrivial(expression))
                continue;
            string name = $"u{_names++}";
            writer.Line(lanes is null
                ? $"{_scalars.TypeName(expression.Element)} {name} = {Bare(SpellScalar(expression))};"
                : $"{lanes} {name} = {lanes}.Splat({Bare(SpellScalar(expression))});");
            _named[expression] = name;
        }
    }

    /// <summary>Names what is the same along <paramref name="axis"/>, which the loop after it runs along.</summary>
    public void DefineInvariant(IEnumerable<LoopExpression> roots, int axis)
    {
        var others = new HashSet<int>(Enumerable.Range(0, kernel.Axes.Length).Where(other => other != axis));
        var reachable = LoopExpression.Reachable(roots);
        var invariant = new HashSet<LoopExpression>(reachable.Where(expression => IsUniform(expression, others)));
        var usedOutside = new HashSet<LoopExpression>(reachable.Where(expression => !invariant.Contains(expression)).SelectMany(expression => expression.Inputs).Concat(roots));
        foreach (var expression in reachable.Where(expression => invariant.Contains(expression) && usedOutside.Contains(expression)))
        {
            if (_named.ContainsKey(expression) || IsTrivial(expression))
                continue;
            string name = $"u{_names++}";
            writer.Line($"{lanes ?? _scalars.TypeName(expression.Element)} {name} = {Bare(lanes is null ? SpellScalar(expression) : Spell(expression))};");
            _named[expression] = name;
        }
    }

    /// <summary>
    /// Names values that are stored after the first one, which may overwrite what they read. What reads nothing itself, or is named,
    /// needs no other name.
    /// </summary>
    public void NameBeforeStores(ImmutableArray<LoopExpression> values)
    {
        foreach (var value in values.Skip(1))
        {
            if (_named.ContainsKey(value) || !ReadsUnnamed(value))
                continue;
            string name = $"v{_names++}";
            writer.Line($"{lanes ?? _scalars.TypeName(value.Element)} {name} = {Bare(lanes is null ? SpellScalar(value) : Spell(value))};");
            _named[value] = name;
        }
    }

    bool ReadsUnnamed(LoopExpression expression) =>
        !_named.ContainsKey(expression) && (expression.Operation is LoopOperation.Load || expression.Inputs.Any(ReadsUnnamed));

    bool IsUniform(LoopExpression expression, HashSet<int> known) => expression.Operation switch
    {
        LoopOperation.Load load => Depends(load.Access, known),
        LoopOperation.Index index => Depends(index.Access, known),
        LoopOperation.Reduced => form != LoopForm.LanesAreRows,
        _ => true,
    } && expression.Inputs.All(input => IsUniform(input, known));

    bool Depends(Access access, HashSet<int> known) =>
        Enumerable.Range(0, kernel.Axes.Length).All(axis => !access.DependsOn(axis) || known.Contains(axis));

    /// <summary>Names defined inside <paramref name="body"/> end with its loop.</summary>
    public void InLoop(Action body)
    {
        var outside = new Dictionary<LoopExpression, string>(_named);
        body();
        foreach (var expression in _named.Keys.Except(outside.Keys).ToList())
            _named.Remove(expression);
    }

    /// <summary>The expression over lanes; what is used twice is named first.</summary>
    public string Lanes(LoopExpression root)
    {
        NameShared([root]);
        return Spell(root);
    }

    /// <summary>Names what several roots, or one root twice, use.</summary>
    public void NameShared(ImmutableArray<LoopExpression> roots) => NameShared(roots, lanes, lanes is null ? SpellScalar : Spell);

    /// <summary>The expression over scalars; what is used twice is named first.</summary>
    public string Scalar(LoopExpression root)
    {
        if (lanes is null)
            NameShared([root], null, SpellScalar);
        return SpellScalar(root);
    }

    void NameShared(ImmutableArray<LoopExpression> roots, string? type, Func<LoopExpression, string> spell)
    {
        var reachable = LoopExpression.Reachable(roots);
        var uses = reachable.ToDictionary(expression => expression, expression => roots.Count(root => root.Equals(expression)));
        // What only named expressions use is not spelled again.
        foreach (var user in reachable.Reverse().Where(expression => uses[expression] > 0 && !_named.ContainsKey(expression)))
            foreach (var input in user.Inputs)
                uses[input]++;
        foreach (var expression in reachable)
        {
            if (IsTrivial(expression) || _named.ContainsKey(expression) || uses[expression] < 2)
                continue;
            string name = $"v{_names++}";
            writer.Line($"{type ?? _scalars.TypeName(expression.Element)} {name} = {Bare(spell(expression))};");
            _named[expression] = name;
        }
    }

    static bool IsTrivial(LoopExpression expression) =>
        expression.Operation is LoopOperation.Literal or LoopOperation.ScalarOperand or LoopOperation.Reduced or LoopOperation.Dimension;

    string Spell(LoopExpression expression)
    {
        if (_named.TryGetValue(expression, out string? name))
            return name;
        switch (expression.Operation)
        {
            case LoopOperation.Load load:
                var stride = load.Access.Strides[laneAxis];
                string at = Index(load.Access);
                return stride.Is(0) ? $"{lanes}.Splat(p{load.Operand}[{at}])"
                    : stride.Is(1) ? $"{lanes}.Load(p{load.Operand}, {at})"
                    : $"{lanes}.LoadStrided(p{load.Operand}, {at}, {Expression(stride)})";
            case LoopOperation.Index index:
                var step = index.Access.Strides[laneAxis];
                if (step.Is(0))
                    return $"{lanes}.Splat({Index(index.Access)})";
                if (!step.Is(1))
                    return $"({lanes}.Iota(0) * {lanes}.Splat({Expression(step)}) + {lanes}.Splat({Index(index.Access)}))";
                return $"{lanes}.Iota({Index(index.Access)})";
            case LoopOperation.Reduced reduced:
                return form == LoopForm.LanesAreRows ? $"r{reduced.Reduction}" : $"{lanes}.Splat(r{reduced.Reduction})";
            case LoopOperation.Apply apply:
                var first = expression.Inputs[0].Element;
                return Elementwise.OverLanes(apply.Operator, lanes!, first, expression.Element, [.. expression.Inputs.Select(Spell)]);
            default:
                return $"{lanes}.Splat({SpellScalar(expression)})";
        }
    }

    string SpellScalar(LoopExpression expression)
    {
        if (lanes is null && _named.TryGetValue(expression, out string? name))
            return name;
        switch (expression.Operation)
        {
            case LoopOperation.Load load:
                return _scalars.Load(load.Operand, expression.Element, Index(load.Access));
            case LoopOperation.Literal literal:
                return _scalars.Literal(literal.Value, expression.Element);
            case LoopOperation.Index index:
                return $"({TypeName(expression.Element)})({Index(index.Access)})";
            case LoopOperation.ScalarOperand scalar:
                return _scalars.Scalar(scalar.Operand, expression.Element);
            case LoopOperation.Dimension size:
                return $"({TypeName(expression.Element)})({Expression(size.Dim)})";
            case LoopOperation.Reduced reduced:
                return $"r{reduced.Reduction}";
            default:
                var op = ((LoopOperation.Apply)expression.Operation).Operator;
                return _scalars.Apply(op, expression.Inputs[0].Element, expression.Element, [.. expression.Inputs.Select(SpellScalar)]);
        }
    }

    public string Store(int operand, Access access, string value)
    {
        if (!access.Strides[laneAxis].Is(1))
            throw new InvalidOperationException("results are stored contiguously along the lanes");
        return $"{lanes}.Store(p{operand}, {Index(access)}, {Bare(value)});";
    }

    public string ScalarStore(int operand, Access access, string value) => _scalars.Store(operand, kernel.Operands[operand].Element, Index(access), Bare(value));

    string Index(Access access)
    {
        var terms = new List<string>();
        for (int axis = 0; axis < access.Strides.Length; axis++)
        {
            var stride = access.Strides[axis];
            if (stride.Is(0))
                continue;
            string name = _axisNames.TryGetValue(axis, out string? renamed) ? renamed : $"i{axis}";
            terms.Add(stride.Is(1) ? name : $"{name} * {Factor(stride)}");
        }
        if (!access.Offset.Is(0) || terms.Count == 0)
            terms.Add(Expression(access.Offset));
        return string.Join(" + ", terms);
    }
}
