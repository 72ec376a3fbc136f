using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;
using Argument = NetCompiler.Graph.Argument;

namespace NetCompiler.Binding;

/// <summary>
/// Unfolds one network: evaluates its statements from top to bottom, layers as functions of compile time, and builds the graph
/// of everything that is a tensor. Mistakes are reported and become <see cref="PoisonValue"/>, so that the rest is still checked.
/// </summary>
internal sealed partial class NetworkBinder
{
    /// <summary>How many layers may be applied within each other.</summary>
    public const int DepthLimit = 256;

    /// <summary>How many statements and expressions one network may unfold to.</summary>
    public const int StepLimit = 500_000;

    readonly GraphBuilder _graph = new();
    readonly Reporter _reporter;
    readonly TensorArithmetic _tensors;
    readonly VariableOwnership _ownership;
    readonly CancellationToken _cancellation;
    readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);
    readonly List<Variable> _inOrder = [];
    readonly Dictionary<string, Argument> _inputs = new(StringComparer.Ordinal);
    readonly HashSet<string> _symbols = new(StringComparer.Ordinal);
    readonly List<FunctionModel> _functions = [];
    readonly NamePath _names = new("");
    readonly string _className;
    int _steps;
    bool _stopped;

    internal GraphBuilder Graph => _graph;

    internal TensorArithmetic Tensors => _tensors;

    internal Reporter Reporter => _reporter;

    NetworkBinder(string className, Reporter reporter, VariableOwnership ownership, CancellationToken cancellation)
    {
        _className = className;
        _reporter = reporter;
        _ownership = ownership;
        _cancellation = cancellation;
        _tensors = new TensorArithmetic(_graph, reporter);
    }

    /// <summary>The network as a model; null if it has an error.</summary>
    /// <param name="network">What is unfolded.</param>
    /// <param name="module">The file of the network.</param>
    /// <param name="declaration">What names the class: the network itself, or an instance of it.</param>
    /// <param name="user">The file of <paramref name="declaration"/>.</param>
    /// <param name="arguments">The arguments of an instance.</param>
    /// <param name="namespace">The C# namespace.</param>
    /// <param name="bag">Receives the mistakes.</param>
    /// <param name="ownership">What is known of the layers so far.</param>
    /// <param name="resolveWeights">Gives the header of a file of weights, or null if there is none; null where files are not known.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static NetworkModel? Bind(
        NetworkDeclaration network, Module module, Declaration declaration, Module user, ImmutableArray<Syntax.Argument> arguments,
        string @namespace, DiagnosticBag bag, VariableOwnership ownership, Func<string, string?>? resolveWeights, CancellationToken cancellation)
    {
        var own = new DiagnosticBag();
        var binder = new NetworkBinder(declaration.Name.Text, new Reporter(own), ownership, cancellation);
        var instance = new Frame(FrameKind.Network, declaration.Name.Text, user, null, default, new NamePath(""));
        if (CSharpNames.RefuseNetwork(declaration.Name.Text) is { } reason)
            binder.Report(DiagnosticCatalog.NameInCSharp, instance, declaration.Name.Span, declaration.Name.Text, declaration.Name.Text, reason);
        if (binder.Given(instance, arguments) is { } given)
        {
            var frame = new Frame(FrameKind.Network, network.Name.Text, module, null, default, binder._names);
            binder.BindBody(network, frame, given, new Site(instance, declaration.Name.Span));
            binder.CheckBudgetNames();
            if (!binder._stopped && !own.HasErrors)
                binder.CheckWeights(resolveWeights);
            // After a mistake elsewhere in the file a part of the network may be missing for that reason alone.
            if (!binder._stopped && !bag.HasErrors && !own.HasErrors)
                binder.WarnAboutNetwork(new Site(frame, network.Name.Span));
        }
        bag.AddRange(own.ToArray());
        if (own.HasErrors)
            return null;
        var origin = new Origin(declaration.Source.Locate(declaration.Name.Span), "");
        return new NetworkModel(
            @namespace, declaration.Name.Text, [.. binder.AllVariables], [.. binder.Limited()], binder._graph, origin,
            declaration.Documentation ?? network.Documentation ?? "")
        {
            Budgets = [.. binder._budgets],
            Settings = binder._settings,
            Weights = binder._weights?.File,
        };
    }

    void BindBody(NetworkDeclaration network, Frame frame, List<GivenArgument> arguments, Site site)
    {
        if (Match(network.Name.Text, Formal.Of(network.Parameters), [], arguments, site) is not { } given)
            return;
        if (!BindParameters(frame, network.Parameters, given))
            return;
        Run(frame, network.Body);
    }

    /// <summary>
    /// Binds parameters in their order: those given, and the defaults, which see the parameters before them. False if an argument
    /// is not of its declared type: the body would only fail again.
    /// </summary>
    bool BindParameters(Frame frame, ImmutableArray<Parameter> parameters, IReadOnlyDictionary<string, Value> given)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parameter in parameters)
        {
            var name = parameter.Name.Text;
            if (!seen.Add(name) && !parameter.Name.IsMissing)
                Report(DiagnosticCatalog.DuplicateName, frame, parameter.Name.Span, name, "a parameter of this name");
            frame.Names[name] =
                given.TryGetValue(name, out var value) ? value
                : parameter.Default is { } expression ? EvaluateNamed(frame, name, expression)
                : PoisonValue.Instance;
        }
        // After all are bound: a type may name a parameter that follows.
        bool valid = true;
        foreach (var parameter in parameters)
            valid &= parameter.Type is not { } type || MatchType(frame, parameter, type);
        return valid;
    }

    /// <summary>Runs the statements; true if one of them returned.</summary>
    bool Run(Frame frame, Block block)
    {
        foreach (var statement in block.Statements)
        {
            if (!Step(frame, statement.Span))
                return true;
            if (Run(frame, statement))
                return true;
        }
        return false;
    }

    bool Run(Frame frame, Statement statement)
    {
        switch (statement)
        {
            case AssignmentStatement assignment:
                Assign(frame, assignment);
                return false;
            case VariableDeclaration declaration:
                Declare(frame, declaration);
                return false;
            case IfStatement choice:
                return Choose(frame, choice);
            case ForStatement loop:
                return Repeat(frame, loop);
            case ReturnStatement result:
                Return(frame, result);
                return true;
            case FunctionDeclaration function:
                BindFunction(frame, function);
                return false;
            case SettingStatement setting:
                Set(frame, setting);
                return false;
            case WeightsStatement weights:
                DeclareWeights(frame, weights);
                return false;
            case CheckStatement check:
                // What follows in a layer of the library rests on its checks: it would fail again, in other words.
                if (Check(frame, check) || frame.Kind != FrameKind.Layer || !frame.Module.IsLibrary)
                    return false;
                frame.Returned ??= PoisonValue.Instance;
                return true;
            case YieldStatement result:
                Yield(frame, result);
                return false;
            default:
                throw new InvalidOperationException($"the parser lets no {statement.GetType().Name} stand here");
        }
    }

    bool Choose(Frame frame, IfStatement choice)
    {
        var condition = EvaluateCondition(frame, choice.Condition);
        if (condition is { } holds)
            return holds ? Run(frame, choice.Then) : choice.Else is { } otherwise && Run(frame, otherwise);
        PoisonNames(frame, choice.Then);
        if (choice.Else is not null)
            PoisonNames(frame, choice.Else);
        return false;
    }

    bool Repeat(Frame frame, ForStatement loop)
    {
        var items = EvaluateNamed(frame, loop.Variable.Text, loop.Items);
        if (Items(items) is not { } range)
        {
            if (items is not PoisonValue)
                Report(DiagnosticCatalog.WrongKind, frame, loop.Items.Focus, "what 'for' walks through", "a range or a list", items.Describe());
            PoisonNames(frame, loop.Body);
            frame.Returned ??= PoisonValue.Instance;
            return false;
        }
        var variable = loop.Variable.Text;
        var outer = frame.Path;
        frame.Names.TryGetValue(variable, out var hidden);
        bool returned = false;
        for (long i = 0; i < range.Count && !returned; i++)
        {
            if (!Step(frame, loop.Span))
                return true;
            var value = range.At(i);
            frame.Path = outer.Child(variable + LoopLabel(value, i));
            frame.Names[variable] = value;
            returned = Run(frame, loop.Body);
        }
        frame.Path = outer;
        if (hidden is null)
            frame.Names.Remove(variable);
        else
            frame.Names[variable] = hidden;
        return returned;
    }

    static string LoopLabel(Value value, long index) => value switch
    {
        IntegerValue { Number: >= 0 and var number } => Invariant(number),
        StringValue { Text: var text } when text.Length is > 0 and < 40 && text.All(c => c < 128 && (char.IsLetterOrDigit(c) || c == '_')) => "_" + text,
        _ => Invariant(index),
    };

    void Return(Frame frame, ReturnStatement result)
    {
        // Alone, an application in the result owns the layer's whole name: 'layer block(x) { return x |> dense(5); }'.
        var values = result.Values.Select(value =>
        {
            bool only = frame.Kind == FrameKind.Layer && frame.Definition is { } layer && _ownership.Count(layer) == 1;
            frame.Expression = new(frame.Path.Prefix, frame.Path, _ownership.Name(value, frame.Module, name => frame.Lookup(name) is not null, only));
            return Evaluate(frame, value);
        }).ToImmutableArray();
        frame.Returned = values.Length == 1 ? values[0] : values.Any(value => value is PoisonValue) ? PoisonValue.Instance : new TupleValue(values);
    }

    void Assign(Frame frame, AssignmentStatement assignment)
    {
        var names = assignment.Targets.Select(target => (target as NameExpression)?.Name ?? "").ToList();
        // What a scan yields comes first and names it; the names that follow are often those of what it carries.
        var scan = assignment.Value as ScanExpression;
        var name = scan is not null ? names[0] : string.Join("_", names.Distinct(StringComparer.Ordinal));
        var value = EvaluateNamed(frame, name, assignment.Value, isBinding: true);
        if (scan is not null)
            value = CheckResults(frame, scan, value, names.Count);
        var values = Spread(frame, value, assignment.Targets.Length, assignment.Value.Focus);
        for (int i = 0; i < values.Length; i++)
            BindName(frame, assignment.Targets[i], values[i], assignment.Value);
    }

    void BindName(Frame frame, Expression target, Value value, Expression source)
    {
        if (target is not NameExpression { Name: var name })
        {
            if (target is MemberExpression)
                Report(DiagnosticCatalog.InvalidUpdate, frame, target.Span, Text(frame, target.Span), "only a function's 'updates' assign to it");
            return;
        }
        if (frame.Step is { } step && !frame.Names.ContainsKey(name) && step.ReadFromOutside.Contains(name))
            Report(DiagnosticCatalog.NotCarried, frame, target.Span, name);
        if (frame.Assignable.TryGetValue(name, out var variable))
        {
            if (Converted(frame, source.Focus, value, variable) is { } node)
                frame.Assigned[variable] = node;
            value = frame.Assigned.TryGetValue(variable, out var updated) ? new TensorValue(updated) : PoisonValue.Instance;
        }
        else if (frame.Names.TryGetValue(name, out var known) && known is TensorValue { Node.Operator: VariableRead } && frame.OwnVariables.Contains(name))
        {
            Report(DiagnosticCatalog.VariableRebound, frame, target.Span, name);
            return;
        }
        if (value is TupleValue tuple)
        {
            Report(DiagnosticCatalog.WrongCount, frame, source.Focus, "1 name is", $"are {tuple.Elements.Length} values");
            value = PoisonValue.Instance;
        }
        frame.Names[name] = value;
    }

    /// <summary>The parts of a value that several names receive.</summary>
    ImmutableArray<Value> Spread(Frame frame, Value value, int count, TextSpan span)
    {
        if (count == 1)
            return [value];
        ImmutableArray<Value> parts = value switch
        {
            TupleValue tuple => tuple.Elements,
            ListValue list => list.Elements,
            _ => [value],
        };
        if (value is not PoisonValue && parts.Length == count)
            return parts;
        if (value is not PoisonValue)
            Report(DiagnosticCatalog.WrongCount, frame, span, $"{count} names are", parts.Length == 1 ? "is 1 value" : $"are {parts.Length} values");
        return [.. Enumerable.Repeat<Value>(PoisonValue.Instance, count)];
    }

    /// <summary>Names that a block binds become poison when it is not known whether the block runs.</summary>
    static void PoisonNames(Frame frame, Block block)
    {
        foreach (var statement in block.Statements)
        {
            switch (statement)
            {
                case AssignmentStatement assignment:
                    foreach (var target in assignment.Targets.OfType<NameExpression>())
                        frame.Names[target.Name] = PoisonValue.Instance;
                    break;
                case VariableDeclaration declaration:
                    foreach (var name in declaration.Names)
                        frame.Names[name.Text] = PoisonValue.Instance;
                    break;
                case IfStatement choice:
                    PoisonNames(frame, choice.Then);
                    if (choice.Else is not null)
                        PoisonNames(frame, choice.Else);
                    break;
                case ForStatement loop:
                    PoisonNames(frame, loop.Body);
                    break;
                case ReturnStatement:
                    frame.Returned ??= PoisonValue.Instance;
                    break;
                case YieldStatement result when frame.Step is { } step:
                    step.Yields ??= new Node?[result.Values.Length];
                    break;
            }
        }
    }

    /// <summary>Counts a step of unfolding; false once the network has grown beyond all measure, and nothing more is evaluated.</summary>
    bool Step(Frame frame, TextSpan span)
    {
        if (_stopped)
            return false;
        if (++_steps % 1024 == 0)
            _cancellation.ThrowIfCancellationRequested();
        if (_steps > StepLimit)
            return Stop(DiagnosticCatalog.TooMuchUnfolding, frame, span, StepLimit);
        try
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            return true;
        }
        catch (InsufficientExecutionStackException)
        {
            return Stop(DiagnosticCatalog.TooDeep, frame, span, DepthLimit);
        }
    }

    bool Stop(DiagnosticDescriptor descriptor, Frame frame, TextSpan span, params object[] arguments)
    {
        _stopped = true;
        // The chain of applications would be hundreds of notes: the innermost place the user can edit is enough.
        var (_, location) = frame.Editable(frame.Locate(span));
        _reporter.Report(descriptor, location, arguments);
        return false;
    }

    void Report(DiagnosticDescriptor descriptor, Frame frame, TextSpan span, params object[] arguments) =>
        _reporter.Report(descriptor, new Site(frame, span), arguments);

    static string Text(Frame frame, TextSpan span) => frame.Source.Slice(span);

    static string Invariant(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
