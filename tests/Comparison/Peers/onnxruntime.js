// ONNX Runtime on the files that networks.py exports.
//   node onnxruntime.js FOLDER predict NETWORK BATCH THREADS SECONDS      one line of figures
//   node onnxruntime.js FOLDER convolutions THREADS SECONDS CONVOLUTION ...   as networks.py
const ort = require("onnxruntime-node");

const now = () => Number(process.hrtime.bigint()) / 1e6;

async function open(folder, name, threads) {
    return ort.InferenceSession.create(`${folder}/${name}.onnx`, {
        intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all",
    });
}

// Of the shape that the file asks for; its first dimension is the batch.
function input(session, batch) {
    const shape = [batch, ...session.inputMetadata[0].shape.slice(1)];
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin(i * 0.37));
    return { x: new ort.Tensor("float32", data, shape) };
}

async function times(session, x, seconds) {
    await session.run(x);
    const taken = [], start = now();
    while (now() - start < seconds * 1000 || taken.length < 3) {
        const before = now();
        await session.run(x);
        taken.push(now() - before);
    }
    taken.sort((a, b) => a - b);
    return `best=${taken[0].toFixed(4)} median=${taken[taken.length >> 1].toFixed(4)}`;
}

async function main() {
    const [folder, mode, ...rest] = process.argv.slice(2);
    if (mode === "predict") {
        const [name, batch, threads, seconds] = rest;
        const session = await open(folder, name, +threads), x = input(session, +batch);
        await session.run(x);
        const first = Date.now(), figures = await times(session, x, +seconds);
        console.log(`${figures} first=${first} peak=${(process.resourceUsage().maxRSS / 1024).toFixed(0)}`);
        return;
    }
    const [threads, seconds, ...convolutions] = rest;
    for (const convolution of convolutions) {
        const [name] = convolution.split(","), batch = convolution.split(",").at(-1);
        const session = await open(folder, name, +threads);
        console.log(`${name} b${batch} forward ${await times(session, input(session, +batch), +seconds)}`);
    }
}

main();
