namespace NetCompiler.Runtime.Gpu;

/// <summary>A number taken apart into plane, row and column, where planes of so many rows and columns follow one another.</summary>
readonly struct PlanePosition
{
    public PlanePosition(int number, int height, int width)
    {
        int line = number / width;
        Column = number - line * width;
        Plane = line / height;
        Row = line - Plane * height;
    }

    public PlanePosition(int number, Divisor height, Divisor width)
    {
        int line = width.Quotient(number);
        Column = number - line * width.Value;
        Plane = height.Quotient(line);
        Row = line - Plane * height.Value;
    }

    public readonly int Plane, Row, Column;
}
