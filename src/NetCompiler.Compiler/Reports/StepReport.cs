using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>One step of a planned function: what it computes and what that takes, for one execution of it.</summary>
/// <param name="Name">The binding of the program that it belongs to: <c>c1</c>, <c>gradient of c1</c>.</param>
/// <param name="Operator">What runs: the operator of a kernel, or the operators of a loop.</param>
/// <param name="Shapes">What it makes of what: <c>f32[64, 20, 24, 24] &lt;- f32[64, 1, 28, 28], f32[20, 1, 5, 5]</c>.</param>
/// <param name="Choice">How it is computed, such as the algorithm of a convolution.</param>
/// <param name="Path">The file.</param>
/// <param name="Line">The line in it, from 1; 0 where the step has none.</param>
/// <param name="MultiplyAdds">Multiply-adds of products and convolutions, counted directly whatever the algorithm.</param>
/// <param name="BytesRead">The size of the tensors that it reads, each once.</param>
/// <param name="BytesWritten">The size of those that it writes.</param>
/// <param name="Repeats">How often it runs in a call: the steps of the scans around it.</param>
/// <param name="IsScan">Whether it only runs the steps of a scan, which follow it.</param>
public sealed record StepReport(
    string Name, string Operator, string Shapes, string Choice, string Path, int Line,
    long MultiplyAdds, long BytesRead, long BytesWritten, long Repeats, bool IsScan)
{
    internal static EquatableArray<StepReport> Of(FunctionPlan plan, IReadOnlyDictionary<string, long> given)
    {
        var sizes = new Sizes(given);
        var reports = new List<StepReport>();
        void Add(IEnumerable<Step> steps, long repeats)
        {
            foreach (var step in steps)
            {
                reports.Add(Of(step, sizes, repeats));
                if (step is ScanStep scan)
                    Add(scan.Body.Steps, repeats * sizes.Of(scan.Scan.Length));
            }
        }
        Add(plan.Steps, 1);
        return [.. reports];
    }

    static StepReport Of(Step step, Sizes sizes, long repeats)
    {
        var reads = step.Reads.OfType<Buffer>().Distinct().ToList();
        var origin = step.Node.Origin;
        var nodes = StepNodes.Of(step);
        return new StepReport(
            SourceComment.NameOf(step.Node),
            What(step, nodes),
            $"{string.Join(", ", step.Writes.Select(write => sizes.Text(write.Type)).Distinct())} <- {string.Join(", ", reads.Select(read => sizes.Text(read.Type)))}",
            step is CallStep ? Calls.Choice(step.Node) : "",
            origin.Path,
            origin.Path.Length == 0 ? 0 : origin.Line,
            nodes.Sum(node => sizes.Of(node.Operator.Cost(node).MultiplyAdds)),
            step is ScanStep ? 0 : reads.Sum(read => sizes.Of(read.Bytes)),
            step is ScanStep ? 0 : step.Writes.Where(write => write.Kind != BufferKind.Passing).Distinct().Sum(write => sizes.Of(write.Bytes)),
            repeats,
            step is ScanStep);
    }

    /// <summary>The operator of a kernel; of loops, and after a kernel, the operators that compute something, the last ones first named.</summary>
    static string What(Step step, IEnumerable<Node> nodes)
    {
        const int most = 4;
        if (step.Loops is null)
            return step.Node.Operator.Name;
        var names = nodes.Where(node => node.Operator is Operators.Elementwise or Reduction or PositionOf).Select(node => node.Operator.Name).Distinct().ToList();
        string loops = string.Join("+", names.Take(most)) + (names.Count > most ? "+…" : "");
        return step is CallStep ? $"{step.Node.Operator.Name}, {loops}" : names.Count == 0 ? "copy" : loops;
    }

    /// <summary>Symbolic sizes with values; 1 where none is given.</summary>
    sealed class Sizes(IReadOnlyDictionary<string, long> given)
    {
        public long Of(Dim dim) => PlanMemory.Evaluate(dim, given);

        public string Text(TensorType type) =>
            type.Shape.IsScalar ? type.Element.Name() : $"{type.Element.Name()}[{string.Join(", ", type.Shape.Dims.Select(dim => Of(dim).ToString(CultureInfo.InvariantCulture)))}]";
    }
}
