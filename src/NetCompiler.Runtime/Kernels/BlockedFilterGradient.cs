using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// The gradient of a filter in blocked layout: dw[o, c, u, v] = sum over images and positions of dy[n, o, i, j] · x[n, c, i·s+u·d-p, j·s+v·d-p].
/// </summary>
/// <remarks>
/// A unit is some planes of the input by some slabs of output channels; it sums over all images in order, so the bits do not depend on
/// who does it. Where units are few, the batch is cut into parts, by sizes alone, whose sums are added in order: for <see cref="ConvolutionCut.Pixels"/>
/// also where units are as large as the caches allow, so that images are read less often.
/// </remarks>
readonly unsafe struct BlockedFilterGradient<TOperations, TVector> : IRangeKernel
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    const int Lanes = BlockedProblem.Lanes;

    // Units that need no parts, and units and parts together else, so that many threads find work.
    const nint WantedUnits = 16, LeastUnits = 8;

    // Pixels whose input and two blocks of output gradients fit the first-level cache, some of them a little more: each tile of sums is then loaded
    // and stored once for an image of 14 x 14. Of a planar image, the input is small.
    const nint KilobytesInCache = 49, BlockPixelsOfKilobyte = 1024 / (Lanes * sizeof(float)), MaximumPixelsOfPlanar = 256;

    // The sums of a unit stay in the second-level cache while images pass.
    const nint MaximumSums = 1 << 15;

    const nint PartFloats = 1 << 22;

    readonly BlockedProblem _problem;
    readonly BlockedAxis _rows, _columns;
    readonly Pointer<float> _x, _dy, _dw, _partial;
    readonly nint _planes, _slabs, _planeGroups, _slabGroups, _parts, _blockPixels;

    BlockedFilterGradient(in BlockedProblem problem, Pointer<float> x, Pointer<float> dy, Pointer<float> dw, ConvolutionBlocking blocking)
    {
        (_problem, _rows, _columns, _x, _dy, _dw) = (problem, problem.Rows(0), problem.Columns(0), x, dy, dw);
        (_planes, _slabs) = (1, 1);
        _blockPixels = (blocking.Kilobytes > 0 ? blocking.Kilobytes : KilobytesInCache) * BlockPixelsOfKilobyte;

        // Parts cost their clearing and adding: first as many units as are needed without, if there are so many.
        nint all = problem.Groups * problem.Planes * problem.Slabs;
        bool splits = blocking.Cut == ConvolutionCut.Pixels || blocking.Cut == ConvolutionCut.Automatic && all < LeastUnits;
        nint images = splits ? problem.Batch : 1;

        // More planes read the gradient less often, more slabs the image: first what saves most.
        double xSize = (double)problem.Planes * problem.InHeight * problem.InWidth * problem.Unit;
        double dySize = (double)problem.OutputBlocks * problem.OutHeight * problem.OutWidth * Lanes;
        while (true)
        {
            double savedDy = _planes < problem.Planes ? dySize / _planes : 0, savedX = _slabs < problem.Slabs ? xSize / _slabs : 0;
            nint planes = savedDy >= savedX ? Math.Min(problem.Planes, 2 * _planes) : _planes;
            nint slabs = savedDy >= savedX ? _slabs : Math.Min(problem.Slabs, 2 * _slabs);
            nint groups = problem.Groups * ((problem.Planes + planes - 1) / planes) * ((problem.Slabs + slabs - 1) / slabs);
            if ((planes, slabs) == (_planes, _slabs) || planes * slabs * TileFloats > MaximumSums || groups * images < LeastUnits)
                break;
            (_planes, _slabs) = (planes, slabs);
        }
        (_planeGroups, _slabGroups) = ((problem.Planes + _planes - 1) / _planes, (problem.Slabs + _slabs - 1) / _slabs);
        nint units = problem.Groups * _planeGroups * _slabGroups;
        _parts = Math.Clamp(Math.Min((WantedUnits + units - 1) / units, PartFloats / (units * UnitFloats)), 1, Math.Max(1, images));
        _partial = _parts > 1 ? Scratch.Get<float>(ScratchUse.Partials, _parts * units * UnitFloats) : default;
    }

    // Input channels of a plane.
    nint ChannelsOfPlane => _problem.Layout == ImageLayout.Planar ? 1 : Lanes;

    // The sums of one plane and slab: [channel, row tap, column tap, output], the transpose of what is in the filter.
    nint TileFloats => _rows.Taps * _columns.Taps * ChannelsOfPlane * BlockedProblem.SlabChannels;

    nint UnitFloats => _planes * _slabs * TileFloats;

    public static void Run(WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> dy, Pointer<float> dw, ConvolutionBlocking blocking)
    {
        if (problem.Outputs == 0 || problem.Channels == 0)
            return;
        var kernel = new BlockedFilterGradient<TOperations, TVector>(problem, x, dy, dw, blocking);
        nint units = problem.Groups * kernel._planeGroups * kernel._slabGroups * kernel._parts;
        const double workPerThread = 1 << 17;
        pool.Run(kernel, units, problem.Work < workPerThread ? units : 1);
        if (kernel._parts > 1)
            pool.Run(new SumParts(kernel), problem.Groups * kernel._planeGroups * kernel._slabGroups, 1);
    }

    public void Run(nint begin, nint end)
    {
        nint units = _problem.Groups * _planeGroups * _slabGroups;
        for (nint index = begin; index < end; index++)
        {
            nint part = index / units, unit = index % units;
            float* sums = (float*)(_parts > 1 ? _partial.Offset(index * UnitFloats) : Scratch.Get<float>(ScratchUse.BlockedGradient, UnitFloats)).Address;
            Placement.Clear(new Pointer<float>((nint)sums), UnitFloats);
            Sum(unit, _problem.Batch * part / _parts, _problem.Batch * (part + 1) / _parts, sums);
            if (_parts == 1)
                Unpack(unit, sums);
        }
    }

    // The sums of a unit over some images.
    void Sum(nint unit, nint firstImage, nint endImage, float* sums)
    {
        var (group, firstPlane, endPlane, firstSlab, endSlab) = PartsOf(unit);
        nint positions = _problem.OutHeight * _problem.OutWidth;
        if (positions == 0)
            return;

        // Whole images at a time where they are small, else rows of one, as many each time.
        bool planar = _problem.Layout == ImageLayout.Planar;
        nint reach = _problem.KernelTaps == 1 ? 2 : 1 + _rows.InputStep * _columns.InputStep;
        nint pixels = planar ? MaximumPixelsOfPlanar : _blockPixels / (2 + reach);
        nint images = Math.Max(1, pixels / positions), most = Math.Clamp(pixels / _problem.OutWidth, 1, _problem.OutHeight);
        nint cuts = (_problem.OutHeight + most - 1) / most, rows = (_problem.OutHeight + cuts - 1) / cuts;
        for (nint image = firstImage; image < endImage; image += images)
            for (nint row = 0; row < _problem.OutHeight; row += rows)
            {
                var pixelsNow = new Pixels(image, Math.Min(endImage, image + images), row, Math.Min(_problem.OutHeight, row + rows));
                var next = row + rows < _problem.OutHeight
                    ? new Pixels(image, pixelsNow.EndImage, row + rows, Math.Min(_problem.OutHeight, row + 2 * rows))
                    : new Pixels(image + images, Math.Min(endImage, image + 2 * images), 0, rows);
                double steps = (double)(endPlane - firstPlane) * (endSlab - firstSlab) * (planar ? _problem.KernelTaps / _problem.KernelWidth : 2 * _problem.KernelTaps);
                var ahead = new Ahead(Inputs(group, firstPlane, endPlane, next), Gradients(group, firstSlab, endSlab, next), steps * pixelsNow.Count(_problem.OutWidth));
                for (nint slab = firstSlab; slab < endSlab; slab++)
                    for (nint plane = firstPlane; plane < endPlane; plane++)
                        SumPixels(group, plane, slab, pixelsNow, edges: false, sums + ((slab - firstSlab) * _planes + plane - firstPlane) * TileFloats, ref ahead);
            }
        if (_problem.Layout == ImageLayout.Planar && _problem.IsPadded)
            SumEdges(group, firstPlane, endPlane, firstSlab, endSlab, firstImage, endImage, sums);
    }

    // The columns at which some taps of a planar image's rows lie outside, a column of an image at a time: row by row they would be calls of one pixel.
    void SumEdges(nint group, nint firstPlane, nint endPlane, nint firstSlab, nint endSlab, nint firstImage, nint endImage, float* sums)
    {
        var none = new Ahead(default, default, 1);
        for (nint image = firstImage; image < endImage; image++)
            for (nint slab = firstSlab; slab < endSlab; slab++)
                for (nint plane = firstPlane; plane < endPlane; plane++)
                    SumPixels(
                        group, plane, slab, new(image, image + 1, 0, _problem.OutHeight), edges: true,
                        sums + ((slab - firstSlab) * _planes + plane - firstPlane) * TileFloats, ref none);
    }

    readonly record struct Pixels(nint FirstImage, nint EndImage, nint FirstRow, nint EndRow)
    {
        public nint Count(nint width) => (EndImage - FirstImage) * (EndRow - FirstRow) * width;
    }

    // What the next pixels read, spread over the steps of these.
    struct Ahead(ReadAhead inputs, ReadAhead gradients, double steps)
    {
        ReadAhead _inputs = inputs, _gradients = gradients;

        // Floats at each step.
        public readonly nint Step = (nint)Math.Min(ReadAhead.Line, Math.Ceiling((inputs.Total + gradients.Total) / steps));

        public float* Take(nint count)
        {
            float* taken = _inputs.Take(count * Step);
            return taken is not null ? taken : _gradients.Take(count * Step);
        }
    }

    nint InPlane => _problem.InHeight * _problem.InWidth * _problem.Unit;

    nint OutPlane => _problem.OutHeight * _problem.OutWidth * Lanes;

    float* X(nint group, nint plane, nint image) => (float*)_x.Address + ((image * _problem.Groups + group) * _problem.Planes + plane) * InPlane;

    float* Dy(nint group, nint slab, nint image) => (float*)_dy.Address + ((image * _problem.Groups + group) * _problem.OutputBlocks + 2 * slab) * OutPlane;

    // What some pixels read: rows of each plane of one image, or the planes of some images.
    ReadAhead Inputs(nint group, nint firstPlane, nint endPlane, Pixels pixels)
    {
        float* first = X(group, firstPlane, pixels.FirstImage);
        nint images = pixels.EndImage - pixels.FirstImage, planes = endPlane - firstPlane, pitch = _problem.InWidth * _problem.Unit;
        if (images != 1)
            return new(first, planes * InPlane, _problem.Groups * _problem.Planes * InPlane, images);
        nint top = Math.Clamp(pixels.FirstRow * _rows.InputStep + _rows.Least, 0, _problem.InHeight);
        nint end = Math.Clamp((pixels.EndRow - 1) * _rows.InputStep + _rows.Greatest + 1, top, _problem.InHeight);
        return new(first + top * pitch, (end - top) * pitch, InPlane, planes);
    }

    ReadAhead Gradients(nint group, nint firstSlab, nint endSlab, Pixels pixels)
    {
        float* first = Dy(group, firstSlab, pixels.FirstImage);
        nint images = pixels.EndImage - pixels.FirstImage, blocks = Math.Min(_problem.OutputBlocks, 2 * endSlab) - 2 * firstSlab, pitch = _problem.OutWidth * Lanes;
        return images != 1
            ? new(first, blocks * OutPlane, _problem.Groups * _problem.OutputBlocks * OutPlane, images)
            : new(first + pixels.FirstRow * pitch, (pixels.EndRow - pixels.FirstRow) * pitch, OutPlane, blocks);
    }

    void SumPixels(nint group, nint plane, nint slab, Pixels pixels, bool edges, float* tile, ref Ahead ahead)
    {
        nint unit = _problem.Unit, pitch = _problem.InWidth * unit;
        nint xImage = _problem.Groups * _problem.Planes * InPlane, dyImage = _problem.Groups * _problem.OutputBlocks * OutPlane;
        int blocks = (int)Math.Min(2, _problem.OutputBlocks - 2 * slab);
        float* x = X(group, plane, pixels.FirstImage), dy = Dy(group, slab, pixels.FirstImage);
        var call = new BlockedGradientCall
        {
            XStride = _columns.InputStep * unit, XRowStride = _rows.InputStep * pitch, XImageStride = xImage,
            DyRowStride = _problem.OutWidth * Lanes, DyImageStride = dyImage, DyVector = TOperations.Lanes == Lanes ? OutPlane : TOperations.Lanes,
            Images = pixels.EndImage - pixels.FirstImage,
            SumsStride = (_problem.Layout == ImageLayout.Planar ? 1 : _problem.KernelTaps) * BlockedProblem.SlabChannels,
        };
        for (nint u = 0; u < _rows.Taps; u++)
        {
            var (reachedRow, reachedEnd) = _rows.Reached(u);
            nint top = Math.Max(reachedRow, pixels.FirstRow), bottom = Math.Min(reachedEnd, pixels.EndRow);
            if (top >= bottom)
                continue;
            call.Rows = bottom - top;
            float* rowX = x + (top * _rows.InputStep + _rows.Offset + u * _rows.OffsetStep) * pitch, rowDy = dy + top * call.DyRowStride;
            float* rowTile = tile + u * _columns.Taps * BlockedProblem.SlabChannels;
            if (_problem.Layout == ImageLayout.Planar)
            {
                SumFilterRow(ref call, rowX, rowDy, rowTile, blocks, edges, ref ahead);
                continue;
            }
            nint channels = Math.Min(Lanes, _problem.Channels - plane * Lanes);
            for (nint v = 0; v < _columns.Taps; v++)
            {
                var (left, right) = _columns.Reached(v);
                if (left < right)
                    SumTaps(
                        ref call, rowX + (left * _columns.InputStep + _columns.Offset + v * _columns.OffsetStep) * unit, 1, channels,
                        rowDy + left * Lanes, right - left, rowTile + v * BlockedProblem.SlabChannels, blocks, ref ahead);
            }
        }
    }

    // Planar: the tile's rows are the column taps. All columns that meet all taps go together.
    void SumFilterRow(ref BlockedGradientCall call, float* rowX, float* rowDy, float* rowTile, int blocks, bool edges, ref Ahead ahead)
    {
        nint inside = Math.Max(_columns.Reached(0).First, _columns.Reached(_columns.Taps - 1).First);
        nint outside = Math.Min(_columns.Reached(0).End, _columns.Reached(_columns.Taps - 1).End);
        for (nint column = 0; column < _problem.OutWidth;)
        {
            bool whole = column == inside && inside < outside;
            nint end = whole ? outside : column + 1;
            var taps = _columns.Inside(column);
            if (taps.First < taps.End && whole != edges)
                SumTaps(
                    ref call, rowX + column * _columns.InputStep + _columns.Offset + taps.First * _columns.OffsetStep, _columns.OffsetStep, taps.End - taps.First,
                    rowDy + column * Lanes, end - column, rowTile + taps.First * BlockedProblem.SlabChannels, blocks, ref ahead);
            column = end;
        }
    }

    void SumTaps(
        ref BlockedGradientCall reference, float* x, nint tapStride, nint taps, float* dy, nint columns, float* sums, int blocks,
        ref Ahead ahead)
    {
        var call = reference;
        call.XTapStride = tapStride;
        call.Columns = columns;
        if (call.XRowStride == columns * call.XStride && call.DyRowStride == columns * Lanes)
            (call.Columns, call.Rows) = (columns * call.Rows, 1);
        nint pixels = call.Images * call.Rows * (call.Columns & ~1);
        call.AheadStep = ahead.Step;
        nint pieces = (taps + BlockedGradientTiles<TOperations, TVector>.MaximumTaps - 1) / BlockedGradientTiles<TOperations, TVector>.MaximumTaps;
        for (nint piece = 0; piece < pieces; piece++)
        {
            nint first = taps * piece / pieces, count = taps * (piece + 1) / pieces - first;
            call.X = x + first * tapStride;
            call.Dy = dy;
            call.Sums = sums + first * call.SumsStride;
            if (TOperations.Lanes == Lanes)
            {
                call.Ahead = ahead.Take(pixels);
                BlockedGradientTiles<TOperations, TVector>.Of(tapStride, (int)count, blocks)(&call);
                continue;
            }

            // Narrower vectors: pairs of them within each block.
            var kernel = BlockedGradientTiles<TOperations, TVector>.Of(tapStride, (int)count, 2);
            float* pieceSums = call.Sums;
            for (int block = 0; block < blocks; block++)
                for (int lane = 0; lane < Lanes; lane += 2 * TOperations.Lanes)
                {
                    call.Dy = dy + block * OutPlane + lane;
                    call.Sums = pieceSums + block * Lanes + lane;
                    kernel(&call);
                }
        }
    }

    (nint Group, nint FirstPlane, nint EndPlane, nint FirstSlab, nint EndSlab) PartsOf(nint unit)
    {
        nint slabs = unit % _slabGroups * _slabs, planes = unit / _slabGroups % _planeGroups * _planes;
        return (unit / _slabGroups / _planeGroups, planes, Math.Min(_problem.Planes, planes + _planes), slabs, Math.Min(_problem.Slabs, slabs + _slabs));
    }

    // Writes a unit's sums into the filter's own order.
    [MethodImpl(Simd.Optimised)]
    void Unpack(nint unit, float* sums)
    {
        var (group, firstPlane, endPlane, firstSlab, endSlab) = PartsOf(unit);
        nint channelsOfPlane = ChannelsOfPlane;
        for (nint slab = firstSlab; slab < endSlab; slab++)
            for (nint plane = firstPlane; plane < endPlane; plane++)
            {
                float* tile = sums + ((slab - firstSlab) * _planes + plane - firstPlane) * TileFloats;
                nint firstChannel = plane * channelsOfPlane, channels = Math.Min(channelsOfPlane, _problem.Channels - firstChannel);
                nint firstOutput = slab * BlockedProblem.SlabChannels, outputs = Math.Min(BlockedProblem.SlabChannels, _problem.Outputs - firstOutput);
                float* target = (float*)_dw.Address + _problem.FilterIndex(group, firstOutput, firstChannel, 0, 0);
                nint stride = _problem.Channels * _problem.KernelTaps, depth = channels * _problem.KernelTaps, output = 0;
                for (; Avx.IsSupported && output + 8 <= outputs; output += 8)
                {
                    nint k = 0;
                    for (; k + 8 <= depth; k += 8)
                        ImageLayouts.Transpose8(tile + k * BlockedProblem.SlabChannels + output, BlockedProblem.SlabChannels, target + output * stride + k, stride);
                    Transpose(tile, output, output + 8, k, depth, target, stride);
                }
                Transpose(tile, output, outputs, 0, depth, target, stride);
            }
    }

    static void Transpose(float* tile, nint firstOutput, nint endOutput, nint first, nint end, float* target, nint stride)
    {
        for (nint output = firstOutput; output < endOutput; output++)
            for (nint k = first; k < end; k++)
                target[output * stride + k] = tile[k * BlockedProblem.SlabChannels + output];
    }

    // Adds the parts of a unit in order and unpacks them.
    readonly struct SumParts(BlockedFilterGradient<TOperations, TVector> gradient) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint size = gradient.UnitFloats, units = gradient._problem.Groups * gradient._planeGroups * gradient._slabGroups;
            for (nint unit = begin; unit < end; unit++)
            {
                float* sums = (float*)gradient._partial.Address + unit * size;
                for (nint part = 1; part < gradient._parts; part++)
                {
                    float* addend = sums + part * units * size;
                    for (nint i = 0; i < size; i += TOperations.Lanes)
                        TOperations.Store(sums + i, TOperations.Add(TOperations.Load(sums + i), TOperations.Load(addend + i)));
                }
                gradient.Unpack(unit, sums);
            }
        }
    }
}
