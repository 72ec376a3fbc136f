using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Syntax;

namespace NetCompiler.Binding;

/// <summary>
/// Finds, from the text alone, the applications in an expression that own variables, so that their names depend on what is
/// written and not on the branch of an <c>if</c> that is taken.
/// </summary>
internal sealed class VariableOwnership
{
    // Layers that use each other in a chain longer than may be applied are taken to own something.
    const int ChainLimit = NetworkBinder.DepthLimit;

    readonly Dictionary<LayerDefinition, int> _owned = [];

    /// <summary>The layers that some network applies.</summary>
    public HashSet<LayerDefinition> Applied { get; } = [];

    int _chain;

    /// <summary>
    /// The name of each owning application of <paramref name="expression"/>: empty if it is the only one, else the layer's name,
    /// numbered from 1 if the layer occurs more than once.
    /// </summary>
    /// <param name="expression">The expression of one binding.</param>
    /// <param name="module">The file that its names belong to.</param>
    /// <param name="isBound">Whether a name is bound to a value, which owns its variables elsewhere.</param>
    /// <param name="alone">Whether a single application may go without a name of its own.</param>
    public IReadOnlyDictionary<SyntaxNode, string> Name(
        Expression expression, Module module, Func<string, bool> isBound, bool alone = true)
    {
        var owners = Owners(expression, module, isBound).ToList();
        if (owners.Count == 0)
            return ExpressionNames.None;
        if (owners.Count == 1)
            return new Dictionary<SyntaxNode, string> { [owners[0].Application] = alone ? "" : owners[0].Layer };
        var names = new Dictionary<SyntaxNode, string>();
        foreach (var group in owners.GroupBy(owner => owner.Layer, StringComparer.Ordinal))
        {
            int count = 0;
            bool repeated = group.Skip(1).Any();
            foreach (var (application, layer) in group)
                names[application] = repeated ? layer + "_" + (++count).ToString(CultureInfo.InvariantCulture) : layer;
        }
        return names;
    }

    /// <summary>How many declarations and applications in the layer's body own variables. A layer in its own body counts none.</summary>
    public int Count(LayerDefinition layer)
    {
        if (_owned.TryGetValue(layer, out int known))
            return known;
        if (_chain >= ChainLimit)
            return 1;
        _owned[layer] = 0;
        _chain++;
        // Parameters hide layers of their name. Other bindings may follow the use of the layer, so they do not.
        var hidden = new HashSet<string>(layer.Parameters.Select(parameter => parameter.Name.Text), StringComparer.Ordinal);
        int count = layer.Parameters.Sum(parameter => CountIn(parameter.Default, layer.Module, hidden.Contains)) + CountIn(layer.Body, layer.Module, hidden.Contains);
        _chain--;
        _owned[layer] = count;
        return count;
    }

    /// <summary>How many applications in the body of a scan own variables.</summary>
    public int Count(ScanExpression scan, Module module, Func<string, bool> isBound)
    {
        var own = new HashSet<string>(scan.Sequences.Select(sequence => sequence.Name.Text).Concat(scan.Carries.Select(carry => carry.Name.Text)), StringComparer.Ordinal);
        return CountIn(scan.Body, module, name => own.Contains(name) || isBound(name));
    }

    int CountIn(Block? block, Module module, Func<string, bool> isBound) => block is null ? 0 : block.Statements.Sum(statement => statement switch
    {
        VariableDeclaration => 1,
        AssignmentStatement assignment => CountIn(assignment.Value, module, isBound),
        ReturnStatement result => result.Values.Sum(value => CountIn(value, module, isBound)),
        YieldStatement result => result.Values.Sum(value => CountIn(value, module, isBound)),
        IfStatement choice => CountIn(choice.Condition, module, isBound) + CountIn(choice.Then, module, isBound) + CountIn(choice.Else, module, isBound),
        ForStatement loop => CountIn(loop.Items, module, isBound) + CountIn(loop.Body, module, isBound),
        _ => 0,
    });

    int CountIn(Expression? expression, Module module, Func<string, bool> isBound) =>
        expression is null ? 0 : Owners(expression, module, isBound).Count();

    IEnumerable<(SyntaxNode Application, string Layer)> Owners(Expression? expression, Module module, Func<string, bool> isBound)
    {
        switch (expression)
        {
            case NameExpression name when Owning(name, module, isBound) is { } layer:
                return [(name, layer)];
            case CallExpression call:
            {
                var arguments = call.Arguments.SelectMany(argument => Owners(argument.Value, module, isBound));
                IEnumerable<(SyntaxNode, string)> own =
                    call.Callee is not NameExpression callee ? Owners(call.Callee, module, isBound)
                    : Owning(callee, module, isBound) is { } layer ? [(call, layer)]
                    : [];
                return arguments.Concat(own);
            }
            case ListExpression list:
                return list.Elements.SelectMany(element => Owners(element, module, isBound));
            case ComprehensionExpression each:
                return Owners(each.Items, module, isBound).Concat(Owners(each.Element, module, name => name == each.Variable.Text || isBound(name)));
            case UnaryExpression unary:
                return Owners(unary.Operand, module, isBound);
            case BinaryExpression binary:
                return Owners(binary.Left, module, isBound).Concat(Owners(binary.Right, module, isBound));
            case ConditionalExpression choice:
                return Owners(choice.Condition, module, isBound)
                    .Concat(Owners(choice.WhenTrue, module, isBound))
                    .Concat(Owners(choice.WhenFalse, module, isBound));
            case MemberExpression member:
                return Owners(member.Target, module, isBound);
            case IndexExpression index:
                return Owners(index.Target, module, isBound);
            case ScanExpression scan:
            {
                var sources = scan.Sequences.Select(sequence => sequence.Source).Concat(scan.Carries.Select(carry => carry.Initial));
                IEnumerable<(SyntaxNode, string)> own = Count(scan, module, isBound) > 0 ? [(scan, "scan")] : [];
                return sources.SelectMany(source => Owners(source, module, isBound)).Concat(own);
            }
            default:
                return [];
        }
    }

    string? Owning(NameExpression name, Module module, Func<string, bool> isBound) =>
        !isBound(name.Name) && module.Layer(name.Name) is { } layer && Count(layer) > 0 ? layer.Name : null;
}
