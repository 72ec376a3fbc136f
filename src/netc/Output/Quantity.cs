using System.Globalization;

namespace NetCompiler.CommandLine.Output;

/// <summary>Numbers as people read them, the same in every culture.</summary>
internal static class Quantity
{
    /// <summary>Three significant digits and a unit: 431K, 2.29M, 4.09G. Small numbers stay exact.</summary>
    public static string Short(long value) => Scale(value, 1000, ["", "K", "M", "G", "T", "P"], "");

    /// <summary>Three significant digits and a binary unit: 784 B, 3.06 KiB, 1.64 MiB.</summary>
    public static string Bytes(long value) => Scale(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], " ");

    /// <summary>All digits, in groups of three: 431,080.</summary>
    public static string Exact(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share as percentage with two decimals: 98.71 %.</summary>
    public static string Percent(double share) => (share * 100).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    /// <summary>A number with four significant digits or decimals, such as a loss.</summary>
    public static string Number(double value) => value.ToString(Math.Abs(value) is >= 0.001 and < 1000 or 0 ? "0.0000" : "0.000e0", CultureInfo.InvariantCulture);

    /// <summary>A time in milliseconds with three significant digits: 0.0123, 4.56, 1230.</summary>
    public static string Milliseconds(double milliseconds) => milliseconds switch
    {
        >= 99.95 => milliseconds.ToString("0", CultureInfo.InvariantCulture),
        >= 9.995 => milliseconds.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.9995 => milliseconds.ToString("0.00", CultureInfo.InvariantCulture),
        >= 0.09995 => milliseconds.ToString("0.000", CultureInfo.InvariantCulture),
        _ => milliseconds.ToString("0.0000", CultureInfo.InvariantCulture),
    };

    /// <summary>A rate such as GFLOP/s with one decimal, or none above 100; empty for 0.</summary>
    public static string Rate(double rate) => rate == 0 ? "" : rate.ToString(rate < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture);

    /// <summary>A share as whole percentage; empty for 0.</summary>
    public static string Share(double share) => share == 0 ? "" : (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    static string Scale(long value, double step, string[] units, string space)
    {
        double scaled = value;
        int unit = 0;
        // 999.5 would be printed as 1000 with three digits.
        while (Math.Abs(scaled) >= (unit == 0 ? step : 999.5) && unit < units.Length - 1)
        {
            scaled /= step;
            unit++;
        }
        string digits = unit == 0 ? value.ToString(CultureInfo.InvariantCulture)
            : scaled.ToString(Math.Abs(scaled) switch { < 9.995 => "0.00", < 99.95 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);
        return digits + space + units[unit];
    }
}
