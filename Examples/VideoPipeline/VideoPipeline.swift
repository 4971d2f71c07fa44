import Dispatch
import ExampleSupport
import MALogger
import Synchronization

/// Decodes frames on Dispatch, searches them for motion on a pool of threads, and logs a summary for each camera.
final class VideoPipeline: Sendable {
    private let settings: VideoPipelineSettings
    private let log = Log("pipeline.video")
    private let inferenceLog = Log("pipeline.inference")
    private let decoder = DispatchQueue(label: "decode", attributes: .concurrent).propagatingContext
    private let pool: WorkerPool
    private let misplaced = Atomic<Int>(0)
    private let searched = Atomic<Int>(0)

    init(_ settings: VideoPipelineSettings) {
        self.settings = settings
        pool = WorkerPool(name: "inference", workers: settings.workers) {
            // A search computes for a long time, so it runs on the pool's own threads and not on Swift's cooperative
            // pool.
            $0.execution = .threads
            $0.taskIDs = .worker
            $0.queueCapacity = 64
        }
    }

    /// The number of frames that were searched.
    var frames: Int { searched.load(ordering: .relaxed) }
    /// The number of frames that were handled in a context other than their camera's.
    var misplacedFrames: Int { misplaced.load(ordering: .relaxed) }
    var statistics: WorkerPool.Statistics { pool.statistics }

    /// Runs every camera in its own trace until its last frame was searched.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for camera in 0..<settings.cameras {
                group.addTask {
                    let context = LogContext.newTrace(taskID: "camera-\(camera)").with { $0.camera = camera }
                    try await withLogContext(context) { try await self.run(camera) }
                }
            }
            try await group.waitForAll()
        }
        try await pool.shutdown()
    }

    private func run(_ camera: Int) async throws {
        log.info("camera started")
        try await monitorTask("camera", log: log) { () async throws -> Int in
            // A camera has at most 8 frames in the pipeline. The pool's bounded queue slows the others down.
            let moves = try await fanOut(0..<settings.frames, maxConcurrency: 8) { number in
                try await self.moves(in: number, of: camera)
            }
            return moves.count { $0 }
        } fields: { motions, fields in
            fields.frames = settings.frames
            fields.motions = motions
        }
    }

    /// Returns whether anything moved since the previous frame.
    private func moves(in number: Int, of camera: Int) async throws -> Bool {
        let trace = LogContext.current.traceID
        let before = try await decoded(EncodedFrame(camera: camera, number: max(0, number - 1)))
        let frame = try await decoded(EncodedFrame(camera: camera, number: number))
        return try await pool.perform {
            if LogContext.current.traceID != trace { self.misplaced.add(1, ordering: .relaxed) }
            self.searched.add(1, ordering: .relaxed)
            let sampling = LogSampling.perSecond(self.settings.perSecond)
            let motion = monitorTask("inference", log: self.inferenceLog, sampling: sampling) {
                MotionDetector.motion(from: before, to: frame)
            } fields: { motion, fields in
                fields.frame = number
                fields.changed_pixels = motion?.changedPixels ?? 0
            }
            return motion != nil
        }
    }

    private func decoded(_ encoded: EncodedFrame) async throws -> Frame {
        let trace = LogContext.current.traceID
        return try await withCheckedThrowingContinuation { continuation in
            decoder.async {
                if LogContext.current.traceID != trace { self.misplaced.add(1, ordering: .relaxed) }
                continuation.resume(with: Result { () throws(DecodingFault) in try encoded.decoded() }.mapError { $0 })
            }
        }
    }
}
