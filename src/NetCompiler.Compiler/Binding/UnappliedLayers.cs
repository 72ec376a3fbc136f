using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>Checks what can be checked of a layer that no network applies: that its names stand for something.</summary>
internal sealed class UnappliedLayers
{
    readonly Module _module;
    readonly LayerDefinition _layer;
    readonly DiagnosticBag _bag;
    readonly HashSet<string> _bound = new(StringComparer.Ordinal);

    UnappliedLayers(Module module, LayerDefinition layer, DiagnosticBag bag)
    {
        _module = module;
        _layer = layer;
        _bag = bag;
    }

    public static void Check(Module module, ISet<LayerDefinition> applied, DiagnosticBag bag)
    {
        foreach (var layer in module.OwnLayers.Where(layer => !applied.Contains(layer)))
            new UnappliedLayers(module, layer, bag).Check();
    }

    void Check()
    {
        var clause = (_layer.Declaration as LayerDeclaration)?.Gradient;
        foreach (var parameter in _layer.Parameters.Concat(clause?.Parameters ?? []))
        {
            _bound.Add(parameter.Name.Text);
            BindDimensions(parameter.Type);
        }
        // A name that is bound anywhere in the body counts as known: the order depends on what is unfolded.
        Bind(_layer.Body);
        Bind(clause?.Body);
        foreach (var parameter in _layer.Parameters)
        {
            BindScans(parameter.Default);
            Visit(parameter.Default);
        }
        Visit(_layer.Body);
        Visit(clause?.Body);
    }

    void BindDimensions(TypeSyntax? type)
    {
        foreach (var dimension in type?.Dimensions ?? [])
        {
            if (dimension.Size is NameExpression name)
                _bound.Add(name.Name);
        }
    }

    void Bind(Block? block)
    {
        foreach (var statement in block?.Statements ?? [])
        {
            switch (statement)
            {
                case AssignmentStatement assignment:
                    _bound.UnionWith(assignment.Targets.OfType<NameExpression>().Select(target => target.Name));
                    BindScans(assignment.Value);
                    break;
                case VariableDeclaration declaration:
                    _bound.UnionWith(declaration.Names.Select(name => name.Text));
                    BindScans(declaration.Initializer);
                    break;
                case CheckStatement check:
                    BindDimensions(check.Type);
                    BindScans(check.Subject);
                    break;
                case IfStatement choice:
                    BindScans(choice.Condition);
                    Bind(choice.Then);
                    Bind(choice.Else);
                    break;
                case ForStatement loop:
                    _bound.Add(loop.Variable.Text);
                    BindScans(loop.Items);
                    Bind(loop.Body);
                    break;
                case ReturnStatement result:
                    foreach (var value in result.Values)
                        BindScans(value);
                    break;
                case YieldStatement result:
                    foreach (var value in result.Values)
                        BindScans(value);
                    break;
            }
        }
    }

    void BindScans(Expression? expression)
    {
        if (expression is null)
            return;
        if (expression is ScanExpression scan)
        {
            _bound.UnionWith(scan.Sequences.Select(sequence => sequence.Name.Text).Concat(scan.Carries.Select(carry => carry.Name.Text)));
            Bind(scan.Body);
        }
        if (expression is ComprehensionExpression each)
            _bound.Add(each.Variable.Text);
        foreach (var part in Parts(expression))
            BindScans(part);
    }

    void Visit(Block? block)
    {
        foreach (var statement in block?.Statements ?? [])
        {
            switch (statement)
            {
                case AssignmentStatement assignment:
                    Visit(assignment.Value);
                    break;
                case VariableDeclaration declaration:
                    Visit(declaration.Initializer);
                    break;
                case CheckStatement check:
                    Visit(check.Subject);
                    break;
                case IfStatement choice:
                    Visit(choice.Condition);
                    Visit(choice.Then);
                    Visit(choice.Else);
                    break;
                case ForStatement loop:
                    Visit(loop.Items);
                    Visit(loop.Body);
                    break;
                case ReturnStatement result:
                    foreach (var value in result.Values)
                        Visit(value);
                    break;
                case YieldStatement result:
                    foreach (var value in result.Values)
                        Visit(value);
                    break;
            }
        }
    }

    void Visit(Expression? expression)
    {
        switch (expression)
        {
            case null:
                return;
            case NameExpression { Name: { Length: > 0 } name } when !IsKnown(name):
                var candidates = _bound.Concat(_module.LayerNames).Concat(Builtins.Names);
                _bag.Report(DiagnosticCatalog.UnknownNameInLayer, _module.Source.Locate(expression.Span), name, Suggestions.DidYouMean(name, candidates), _layer.Name);
                return;
            case ScanExpression scan:
                Visit(scan.Body);
                break;
        }
        foreach (var part in Parts(expression))
            Visit(part);
    }

    static IEnumerable<Expression> Parts(Expression expression) => expression switch
    {
        ListExpression list => list.Elements,
        ComprehensionExpression each => [each.Element, each.Items],
        UnaryExpression unary => [unary.Operand],
        BinaryExpression binary => [binary.Left, binary.Right],
        RangeExpression range => [range.Start, range.End],
        ConditionalExpression choice => [choice.Condition, choice.WhenTrue, choice.WhenFalse],
        // The name of an axis stands for nothing else.
        CallExpression call => call.Arguments.Where(argument => argument.Name?.Text is not ("axis" or "axes")).Select(argument => argument.Value).Prepend(call.Callee),
        MemberExpression { Member.Text: "T" } member => [member.Target],
        IndexExpression index => index.Items.SelectMany(item => item switch
        {
            IndexPosition position => [position.Value],
            IndexSlice slice => new[] { slice.Start, slice.Stop, slice.Step }.OfType<Expression>(),
            _ => [],
        }).Prepend(index.Target),
        ScanExpression scan => scan.Sequences.Select(sequence => sequence.Source).Concat(scan.Carries.Select(carry => carry.Initial).OfType<Expression>()),
        _ => [],
    };

    bool IsKnown(string name) =>
        _bound.Contains(name) || _module.Layer(name) is not null || Builtins.Find(name) is not null || Builtins.Constant(name) is not null
        || DTypes.TryParse(name, out _) || name == "training" || _module.Optimizer(name) is not null || _module.Network(name) is not null;
}
