using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Emit;

/// <summary>How loops over plain numbers are spelled for a target.</summary>
internal abstract class ScalarSyntax
{
    /// <summary>An element of an operand.</summary>
    public abstract string Load(int operand, DType element, string index);

    /// <summary>The statement that sets an element of an operand.</summary>
    public abstract string Store(int operand, DType element, string index, string value);

    /// <summary>A scalar operand.</summary>
    public abstract string Scalar(int operand, DType element);

    /// <summary>The type of a value between loading and storing.</summary>
    public virtual string TypeName(DType element) => CSharp.TypeName(element);

    /// <summary>A number.</summary>
    public virtual string Literal(double value, DType element) => CSharp.Literal(value, element);

    /// <summary>An element-wise operator; <paramref name="from"/> is the element type of its first operand.</summary>
    public abstract string Apply(Operator op, DType from, DType to, string[] x);
}
