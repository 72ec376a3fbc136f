using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

/// <summary>
/// States of layers. A layer is unfolded once for all functions, but which applications of it a function has is known only when
/// the function is bound: until then its results are marked, and its states are read by nodes of their own.
/// </summary>
internal sealed partial class NetworkBinder
{
    /// <summary>Those whose layer reads a state, in the order in which they were complete: what an application uses comes before it.</summary>
    readonly List<LayerApplication> _applications = [];

    /// <summary>The value of a variable where it is declared.</summary>
    TensorValue ReadDeclared(Frame frame, string name, Variable variable)
    {
        if (frame.Kind != FrameKind.Layer || variable.Kind != VariableKind.Statistic)
            return new TensorValue(Read(variable));
        frame.Assignable[name] = variable;
        frame.Application ??= new LayerApplication();
        _graph.Origin = variable.Origin;
        var read = _graph.Make(new StateRead(variable, frame.Application));
        frame.Application.Reads.Add(read);
        return new TensorValue(read);
    }

    /// <summary>The variable whose value this is, as it was declared; null for anything else.</summary>
    static Variable? VariableOf(Value? value) => value is not TensorValue { Node.Operator: var op } ? null : op switch
    {
        VariableRead read => read.Variable,
        StateRead read => read.Variable,
        _ => null,
    };

    /// <summary>The results of a layer whose body has run, marked if it assigned states.</summary>
    Value Finish(Frame body, Site site, Value result)
    {
        if (body.Application is not { } application)
            return result;
        _applications.Add(application);
        if (body.Assigned.Count == 0)
            return result;
        for (var outer = body.Caller; outer is not null; outer = outer.Caller)
        {
            if (outer.Kind != FrameKind.Scan)
                continue;
            _reporter.Report(DiagnosticCatalog.StateInScan, site, body.Name, body.Assigned.Keys.First().Name);
            return PoisonValue.Instance;
        }
        foreach (var assigned in body.Assigned)
            application.Assigned.Add(assigned.Key, assigned.Value);
        _graph.Origin = site.Origin;
        return Mark(result);

        Value Mark(Value value) => value switch
        {
            TensorValue tensor => new TensorValue(_graph.Make(new Applied(application), tensor.Node)),
            TupleValue tuple => new TupleValue([.. tuple.Elements.Select(Mark)]),
            ListValue list => new ListValue([.. list.Elements.Select(Mark)]),
            _ => value,
        };
    }

    /// <summary>The applications that assign states and that a training function depends on; their assignments become its updates.</summary>
    HashSet<LayerApplication> CarryStates(FunctionParts parts)
    {
        var found = new HashSet<LayerApplication>();
        var pending = new Stack<Node>(Roots(parts));
        var seen = new HashSet<Node>();
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            foreach (var input in node.Inputs)
                pending.Push(input);
            if (node.Operator is Applied { Application: var application } && found.Add(application))
            {
                foreach (var assigned in application.Assigned)
                    pending.Push(assigned.Value);
            }
        }
        // The last application leaves what the next call finds.
        var last = new Dictionary<Variable, Node>();
        foreach (var assigned in _applications.Where(found.Contains).SelectMany(application => application.Assigned))
            last[assigned.Key] = assigned.Value;
        foreach (var update in last.OrderBy(update => _inOrder.IndexOf(update.Key)))
        {
            if (!parts.Add(update.Key, update.Value))
                Report(DiagnosticCatalog.UpdatedTwice, parts.Frame, parts.Syntax.Name.Span, update.Key.Name, parts.Name);
        }
        return found;
    }

    static IEnumerable<Node> Roots(FunctionParts parts) =>
        parts.Outputs.Select(output => output.Value).Concat(parts.UpdatesInOrder.Select(update => update.Value));

    /// <summary>The function without marks: each application sees the states as the one before it in the function left them.</summary>
    FunctionModel ResolveStates(FunctionModel function, HashSet<LayerApplication> applied)
    {
        if (_applications.Count == 0)
            return function;
        var current = new Dictionary<Variable, Node>();
        // What an application sees is settled before anything that uses it, so that each node is resolved once.
        var resolved = new Dictionary<Node, Node>();
        foreach (var application in _applications)
        {
            foreach (var read in application.Reads)
            {
                var variable = ((StateRead)read.Operator).Variable;
                resolved[read] = current.TryGetValue(variable, out var value) ? value : Read(variable);
            }
            if (!applied.Contains(application))
                continue;
            var next = application.Assigned.Select(assigned => (assigned.Key, Value: Resolve(assigned.Value, resolved))).ToList();
            foreach (var (variable, value) in next)
                current[variable] = value;
        }
        return function with
        {
            Outputs = [.. function.Outputs.Select(output => output with { Value = Resolve(output.Value, resolved) })],
            Updates = [.. function.Updates.Select(update => update with { Value = Resolve(update.Value, resolved) })],
        };
    }

    /// <summary>A node without marks, on what is known to stand for the nodes below it.</summary>
    Node Resolve(Node root, Dictionary<Node, Node> resolved)
    {
        var path = new Stack<Node>([root]);
        while (path.Count > 0)
        {
            var node = path.Peek();
            if (!resolved.ContainsKey(node) && node.Inputs.FirstOrDefault(input => !resolved.ContainsKey(input)) is { } open)
            {
                path.Push(open);
                continue;
            }
            path.Pop();
            if (resolved.ContainsKey(node))
                continue;
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => resolved[input])];
            _graph.Origin = node.Origin;
            resolved[node] = node.Operator is Applied ? inputs[0] : inputs.SequenceEqual(node.Inputs) ? node : _graph.Make(node.Operator, inputs);
        }
        return resolved[root];
    }
}
