using NetCompiler.Training;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Training;

public class SyntheticDigitsTests
{
    static readonly Dataset s_training = SyntheticDigits.Create(Split.Training, 1000);

    [Fact]
    public void Images_have_pixels_from_0_to_1_and_every_digit_equally_often()
    {
        s_training.Column<float>("image").SampleShape.ShouldBe([1, 28, 28]);
        s_training.Column<float>("image").Values.ToArray().ShouldAllBe(pixel => pixel >= 0 && pixel <= 1);
        s_training.Column<int>("label").Values.ToArray().GroupBy(label => label).ShouldAllBe(group => group.Count() == 100);
        SyntheticDigits.Create(Split.Test).Count.ShouldBe(2000);
    }

    [Fact]
    public void Every_image_shows_strokes_that_stay_inside_the_frame()
    {
        for (var sample = 0; sample < s_training.Count; sample++)
        {
            var image = s_training.Column<float>("image")[sample];
            var (inked, border) = (0, 0);
            for (var pixel = 0; pixel < image.Length; pixel++)
            {
                var isInked = image[pixel] > 0.5f;
                inked += isInked ? 1 : 0;
                border += isInked && (pixel / 28 is 0 or 27 || pixel % 28 is 0 or 27) ? 1 : 0;
            }
            inked.ShouldBeInRange(15, 250, $"sample {sample}");
            border.ShouldBeLessThan(6, $"sample {sample}");
        }
    }

    [Fact]
    public void Samples_depend_on_seed_split_and_number_alone()
    {
        float[] First(Split split, int count, ulong seed) => SyntheticDigits.Create(split, count, seed).Column<float>("image").Values[..(20 * 784)].ToArray();
        First(Split.Training, 20, 1).ShouldBe(s_training.Column<float>("image").Values[..(20 * 784)].ToArray());
        First(Split.Training, 20, 2).ShouldNotBe(First(Split.Training, 20, 1));
        First(Split.Test, 20, 1).ShouldNotBe(First(Split.Training, 20, 1));
    }

    /// <summary>
    /// A tenth of the training set and the simplest classifiers: the digits must be recognisable by their neighbours, but not
    /// so alike that ten mean images do.
    /// </summary>
    [Fact]
    public void Digits_are_told_apart_by_their_nearest_neighbours_but_not_by_mean_images()
    {
        var images = s_training.Column<float>("image");
        var means = new float[10 * 784];
        for (var sample = 0; sample < s_training.Count; sample++)
            for (var pixel = 0; pixel < 784; pixel++)
                means[sample % 10 * 784 + pixel] += images[sample][pixel] / 100;
        var test = SyntheticDigits.Create(Split.Test, 300);
        var neighbours = Accuracy(test, images, [.. s_training.Column<int>("label").Values]);
        var centres = Accuracy(test, new Column<float>("mean", means, 784), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        neighbours.ShouldBeInRange(0.8, 0.99);
        centres.ShouldBeInRange(0.5, 0.9);
    }

    static double Accuracy(Dataset test, Column<float> known, int[] labels)
    {
        var right = 0;
        for (var sample = 0; sample < test.Count; sample++)
        {
            var image = test.Column<float>("image")[sample];
            var (best, least) = (-1, double.PositiveInfinity);
            for (var i = 0; i < known.Count; i++)
            {
                var candidate = known[i];
                var distance = 0f;
                for (var pixel = 0; pixel < image.Length; pixel++)
                    distance += (image[pixel] - candidate[pixel]) * (image[pixel] - candidate[pixel]);
                if (distance < least)
                    (best, least) = (i, distance);
            }
            right += labels[best] == sample % 10 ? 1 : 0;
        }
        return right / (double)test.Count;
    }

    [Fact]
    public void A_digit_as_text_has_14_lines_of_28_characters_that_follow_the_ink()
    {
        var image = new float[784];
        image[0] = image[28] = 1; // a full cell
        image[1] = 1; // the upper half
        image[28 + 2] = 1; // the lower half
        image[3] = image[28 + 3] = 0.4f;
        var lines = AsciiDigit.Render(image).Split('\n');
        lines.Length.ShouldBe(15);
        lines[0].ShouldBe("█▀▄▒" + new string(' ', 24));
        lines[1..14].ShouldAllBe(line => line == new string(' ', 28));
        Should.Throw<ArgumentException>(() => AsciiDigit.Render(new float[3]));
    }
}
