using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace NetCompiler.Text;

/// <summary>
/// Every kind of diagnostic that any stage reports, one field each: the single source of docs/errors.md.
/// The first digit names the stage: 1 syntax, 2 names, types and shapes, 3 graph and gradient, 4 plan, emission and options.
/// </summary>
public static partial class DiagnosticCatalog
{
    /// <summary>All kinds, by code.</summary>
    public static IReadOnlyList<DiagnosticDescriptor> All => Listing.Value;

    private static DiagnosticDescriptor Error(string code, string title, string message, string explanation, string cure) =>
        new(code, DiagnosticSeverity.Error, title, message, explanation, cure);

    private static DiagnosticDescriptor Warning(string code, string title, string message, string explanation, string cure) =>
        new(code, DiagnosticSeverity.Warning, title, message, explanation, cure);

    // A class of its own, so that it starts after the fields of every part of the catalog are set.
    private static class Listing
    {
        public static readonly IReadOnlyList<DiagnosticDescriptor> Value =
        [
            .. typeof(DiagnosticCatalog)
                .GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
                .Where(field => field.FieldType == typeof(DiagnosticDescriptor))
                .Select(field => (DiagnosticDescriptor)field.GetValue(null)!)
                .OrderBy(descriptor => descriptor.Code, StringComparer.Ordinal),
        ];
    }
}
