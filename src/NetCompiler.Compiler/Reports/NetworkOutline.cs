using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>A network's name and what it offers.</summary>
/// <param name="Namespace">The C# namespace.</param>
/// <param name="Name">The name in the <c>.net</c> file, and of the C# class.</param>
/// <param name="Functions">The functions in the order of the file.</param>
public sealed record NetworkOutline(string Namespace, string Name, EquatableArray<FunctionOutline> Functions);

/// <summary>A function's name and whether it learns.</summary>
/// <param name="Name">The name in the <c>.net</c> file.</param>
/// <param name="Trains">Whether a call changes parameters.</param>
/// <param name="ForwardOnly">Whether reports show only what its outputs need, and leave out the gradients and updates that a call computes besides.</param>
public sealed record FunctionOutline(string Name, bool Trains, bool ForwardOnly);
