using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal static partial class Builtins
{
    static IEnumerable<Builtin> Sums() =>
    [
        Function("einsum", "equation, a, b?, c?, d?, e?, f?",
            "The sum of products that an equation describes, as in \"bij,bjk->bik\": a letter for each axis of each tensor, '...' for any number of them; letters that the result lacks are summed over, a letter twice in one tensor is its diagonal. Without '->' the result has the letters that occur once. A list gives any number of tensors.",
            call => call["equation"] is StringValue { Text: var text } ? new EinsteinSum(call, text).Evaluate() : call.Wrong("equation", "a string such as \"bij,bjk->bik\""), takesTensorFirst: false),
    ];

    /// <summary>One sum of products. Axes that an ellipsis stands for have the labels 0, 1, … counted from the last.</summary>
    sealed class EinsteinSum(BuiltinCall call, string equation)
    {
        static readonly string[] _operands = ["a", "b", "c", "d", "e", "f"];

        readonly Dictionary<char, Dim> _extents = [];
        readonly GraphBuilder _graph = call.Graph;

        readonly record struct Term(Node Node, ImmutableArray<char> Labels);

        public Value Evaluate()
        {
            if (Operands() is not { } tensors)
                return PoisonValue.Instance;
            int arrow = equation.IndexOf("->", StringComparison.Ordinal);
            string inputs = arrow < 0 ? equation : equation.Substring(0, arrow);
            string[] parts = inputs.Split(',');
            if (parts.Length != tensors.Length)
                return Fail(0, inputs.Length, $"it describes {parts.Length} {(parts.Length == 1 ? "tensor" : "tensors")}, but {tensors.Length} {(tensors.Length == 1 ? "is" : "are")} given");
            var terms = new List<Term>();
            for (int i = 0, place = 0; i < parts.Length; place += parts[i].Length + 1, i++)
            {
                if (Labelled(parts[i], place, tensors[i]) is not { } term)
                    return PoisonValue.Instance;
                terms.Add(term);
            }
            if (Output(arrow, terms) is not { } output)
                return PoisonValue.Instance;
            for (int i = 0; i < terms.Count; i++)
                terms[i] = Diagonals(Fitted(terms[i]));
            var result = terms[0];
            for (int i = 1; i < terms.Count; i++)
                result = Product(result, terms[i], [.. output, .. terms.Skip(i + 1).SelectMany(term => term.Labels)]);
            result = Summed(result, output);
            return new TensorValue(_graph.Transpose(result.Node, [.. output.Select(label => result.Labels.IndexOf(label))]));
        }

        /// <summary>The tensors in one element type; null if one is none, which is reported.</summary>
        ImmutableArray<Node>? Operands()
        {
            var values = new List<Node>();
            foreach (var name in _operands.Where(call.Has))
            {
                if (call.TensorOrList(name) is not { } given)
                    return null;
                values.AddRange(given);
            }
            var element = values.Select(value => value.Element).Aggregate(DTypes.Promote);
            if (element == DType.Bool)
            {
                call.Broken("needs numbers, but gets bool", "convert them to numbers");
                return null;
            }
            return [.. values.Select(value => _graph.Cast(value, element))];
        }

        /// <summary>A tensor with the label of each axis; the extents of labels are compared.</summary>
        Term? Labelled(string part, int place, Node node)
        {
            var labels = new List<char>();
            int rank = node.Shape.Rank, written = part.Count(char.IsLetter);
            bool ellipsis = false;
            for (int i = 0; i < part.Length; i++)
            {
                if (part[i] == ' ')
                    continue;
                if (IsLabel(part[i]))
                    labels.Add(part[i]);
                else if (!ellipsis && string.CompareOrdinal(part, i, "...", 0, 3) == 0)
                {
                    ellipsis = true;
                    for (int axis = rank - written - 1; axis >= 0; axis--)
                        labels.Add((char)('0' + axis));
                    i += 2;
                }
                else
                {
                    Fail(place + i, 1, part[i] == '.' ? "'...' stands once, for all axes that are not written" : $"'{part[i]}' is no letter; axes are letters, tensors are separated by commas");
                    return null;
                }
            }
            if (labels.Count != rank)
            {
                Fail(place, part.Length, $"it gives {written} {(written == 1 ? "axis" : "axes")} to {node.Type}, which has {rank}");
                return null;
            }
            for (int axis = 0; axis < rank; axis++)
            {
                var (label, extent) = (labels[axis], node.Shape[axis]);
                if (!_extents.TryGetValue(label, out var known) || known.Is(1) && !IsLabel(label))
                    _extents[label] = extent;
                else if (!(extent.Is(1) && !IsLabel(label)) && Dim.Compare(known, extent) == DimRelation.Unequal)
                {
                    int at = IsLabel(label) ? part.IndexOf(label) : part.IndexOf('.');
                    Fail(place + at, IsLabel(label) ? 1 : 3, $"'{(IsLabel(label) ? label.ToString() : "...")}' is {extent} in {node.Type}, but {known} before");
                    return null;
                }
                else if (extent.IsConstant && !known.IsConstant)
                    _extents[label] = extent;
            }
            return new Term(node, [.. labels]);
        }

        static bool IsLabel(char c) => c is >= 'a' and <= 'z' or >= 'A' and <= 'Z';

        ImmutableArray<char>? Output(int arrow, List<Term> terms)
        {
            var all = terms.SelectMany(term => term.Labels).ToList();
            var rest = all.Where(label => !IsLabel(label)).Distinct().OrderByDescending(label => label);
            if (arrow < 0)
                return [.. rest, .. all.Where(IsLabel).GroupBy(label => label).Where(group => group.Count() == 1).Select(group => group.Key).OrderBy(label => label)];
            var labels = new List<char>();
            for (int i = arrow + 2; i < equation.Length; i++)
            {
                char c = equation[i];
                if (c == ' ')
                    continue;
                if (string.CompareOrdinal(equation, i, "...", 0, 3) == 0 && !labels.Any(label => !IsLabel(label)))
                {
                    labels.AddRange(rest);
                    i += 2;
                }
                else if (!IsLabel(c) || !all.Contains(c) || labels.Contains(c))
                {
                    Fail(i, 1, !IsLabel(c) ? $"'{c}' is no letter" : labels.Contains(c) ? $"'{c}' stands twice in the result" : $"'{c}' is an axis of no tensor");
                    return null;
                }
                else
                    labels.Add(c);
            }
            return [.. labels];
        }

        /// <summary>The tensor with the extents that were agreed on; of an ellipsis axes of extent 1 are repeated.</summary>
        Term Fitted(Term term)
        {
            var target = new Shape(term.Labels.Select(label => _extents[label]));
            return target == term.Node.Shape ? term : term with { Node = call.Tensors.BroadcastTo(call.Site, call.Name, term.Node, target) };
        }

        /// <summary>A label that stands twice keeps the elements where both axes agree, and one of the axes.</summary>
        Term Diagonals(Term term)
        {
            for (int axis = term.Labels.Length - 1; axis > 0; axis--)
            {
                int first = term.Labels.IndexOf(term.Labels[axis]);
                if (first == axis)
                    continue;
                var type = new TensorType(DType.I32, term.Node.Shape);
                var agree = _graph.Equal(_graph.Make(new Iota(type, first)), _graph.Make(new Iota(type, axis)));
                var kept = _graph.Select(agree, term.Node, _graph.ConstantLike(0, term.Node));
                term = new Term(_graph.Sum(kept, [axis]), term.Labels.RemoveAt(axis));
            }
            return term;
        }

        Term Summed(Term term, IReadOnlyCollection<char> needed)
        {
            var gone = Enumerable.Range(0, term.Labels.Length).Where(axis => !needed.Contains(term.Labels[axis])).ToList();
            return new Term(_graph.Sum(term.Node, gone), [.. term.Labels.Where(needed.Contains)]);
        }

        /// <summary>The product of two terms, summed over what nothing needs any more: a matrix product for each element of their common axes.</summary>
        Term Product(Term a, Term b, ImmutableArray<char> needed)
        {
            a = Summed(a, [.. needed, .. b.Labels]);
            b = Summed(b, [.. needed, .. a.Labels]);
            ImmutableArray<char> batch = [.. a.Labels.Where(label => b.Labels.Contains(label) && needed.Contains(label))];
            ImmutableArray<char> inner = [.. a.Labels.Where(label => b.Labels.Contains(label) && !needed.Contains(label))];
            ImmutableArray<char> rows = [.. a.Labels.Where(label => !b.Labels.Contains(label))], columns = [.. b.Labels.Where(label => !a.Labels.Contains(label))];
            ImmutableArray<char> labels = [.. batch, .. rows, .. columns];
            if (inner.IsEmpty || rows.IsEmpty && columns.IsEmpty || !a.Node.Element.IsFloat())
            {
                ImmutableArray<char> all = [.. labels, .. inner];
                var product = _graph.Multiply(Spread(a, all), Spread(b, all));
                return new Term(_graph.Sum(product, Enumerable.Range(labels.Length, inner.Length)), labels);
            }
            var matrix = _graph.MatMul(Matrix(a, batch, rows, inner), Matrix(b, batch, inner, columns));
            return new Term(_graph.Reshape(matrix, new Shape(labels.Select(label => _extents[label]))), labels);
        }

        Node Spread(Term term, ImmutableArray<char> all)
        {
            ImmutableArray<char> order = [.. all.Where(term.Labels.Contains)];
            var ordered = _graph.Transpose(term.Node, [.. order.Select(label => term.Labels.IndexOf(label))]);
            return _graph.Broadcast(ordered, new Shape(all.Select(label => _extents[label])), order.Select(label => all.IndexOf(label)));
        }

        Node Matrix(Term term, ImmutableArray<char> batch, ImmutableArray<char> rows, ImmutableArray<char> columns)
        {
            var ordered = _graph.Transpose(term.Node, [.. batch.Concat(rows).Concat(columns).Select(label => term.Labels.IndexOf(label))]);
            Dim Size(ImmutableArray<char> labels) => Dim.Product(labels.Select(label => _extents[label]));
            return _graph.Reshape(ordered, new Shape([.. batch.Select(label => _extents[label]), Size(rows), Size(columns)]));
        }

        /// <summary>Reports a mistake in the equation, at its place in the text if it stands there as it is.</summary>
        PoisonValue Fail(int start, int length, string reason)
        {
            var site = call.Site;
            int at = site.Frame.Source.Slice(site.Span).IndexOf("\"" + equation + "\"", StringComparison.Ordinal);
            if (at >= 0)
                site = site with { Span = new TextSpan(site.Span.Start + at + 1 + start, Math.Max(1, length)) };
            call.Binder.Reporter.Report(DiagnosticCatalog.InvalidEquation, site, equation, reason);
            return PoisonValue.Instance;
        }
    }
}
