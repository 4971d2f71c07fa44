import ExampleSupport
import MALogger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

let settings = VideoPipelineSettings.usage.settingsOrExit(defaults: VideoPipelineSettings())
setupLogging()

let pipeline = VideoPipeline(settings)
do {
    try await withProgressLine("\(pipeline.frames) of \(settings.cameras * settings.frames) frames") {
        try await pipeline.run()
    }
} catch {
    Log("pipeline.video").critical("the pipeline ended early", error: error)
    exit(1)
}

let statistics = pipeline.statistics
StandardError.write(
    """
    \(pipeline.frames) frames of \(settings.cameras) cameras, \(pipeline.misplacedFrames) in a wrong context
    the pool ran \(statistics.done) jobs, the longest for \(statistics.runTime.longest), and \(statistics.failed) failed

    """
)
for place in LogSampling.statistics {
    StandardError.write(
        "\(place.place): \(place.logged) lines logged, \(place.suppressed) suppressed by \(place.sampling)\n"
    )
}
exit(pipeline.misplacedFrames == 0 && pipeline.frames == settings.cameras * settings.frames ? 0 : 1)
