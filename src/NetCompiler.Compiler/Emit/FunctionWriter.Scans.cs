using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>Steps that are loops over the steps of a scan.</summary>
internal abstract partial class FunctionWriter
{
    /// <summary>For each tensor that the body of a scan shares with the plan around it, the one there.</summary>
    readonly Dictionary<Plan.Buffer, Plan.Buffer> _outer = [];

    /// <summary>The pointers that move from step to step.</summary>
    static IEnumerable<Plan.Buffer> Elements(ImmutableArray<Step> steps) =>
        steps.OfType<ScanStep>().SelectMany(scan => scan.Places()
            .Select(place => place.Inner).Where(inner => inner.Kind == BufferKind.Element)
            .Concat(Elements(scan.Body.Steps)));

    void WriteScan(ScanStep step, string name, string prefix)
    {
        var scan = step.Scan;
        var places = step.Places().ToList();
        foreach (var (inner, outer) in places.Where(place => place.Inner.Kind == BufferKind.Outer))
            _outer.Add(inner, outer);

        string results = string.Join(", ", step.Writes.GroupBy(write => write.Type, (type, all) => $"{(all.Count() > 1 ? $"{Number(all.Count())} times " : "")}{type}"));
        _writer.Line($"{SourceComment.Place(step.Node)} {results} <- scan of {scan.Length} steps{(scan.Reverse ? ", the last element first" : "")}");
        using (_writer.Block($"void {name}()"))
        {
            for (int carry = 0; carry < scan.Carries; carry++)
                WriteStart(step.Reads[scan.Sequences + carry]!, step.Writes[carry]);
            string length = Expression(scan.Length);
            using (_writer.Block(scan.Reverse ? $"for (nint t = {length} - 1; t >= 0; t--)" : $"for (nint t = 0; t < {length}; t++)"))
            {
                foreach (var (inner, outer) in places.Where(place => place.Inner.Kind == BufferKind.Element))
                    _writer.Line($"{Field(inner)} = {Address(outer)}.Offset({Offset(inner.Type.Shape.Size)});");
                WriteCalls(step.Body.Steps, prefix, 0, step.Body.Steps.Length);
            }
        }
        WriteSteps(step.Body.Steps, prefix);
    }

    static string Offset(Dim size) => size.Is(1) ? "t" : $"t * {Factor(size)}";

    void WriteStart(Plan.Buffer first, Plan.Buffer carried)
    {
        if (Address(first) != Address(carried) && !ShareMemory(first, carried))
            _writer.Line(Target.Copy(Address(first), Address(carried), Expression(carried.Type.Shape.Size)));
    }

    bool ShareMemory(Plan.Buffer a, Plan.Buffer b) =>
        plan.Slots.SelectMany(slot => slot.Places.Where(place => place.Buffer == a || place.Buffer == b).GroupBy(place => place.Offset)).Any(same => same.Count() == 2);
}
