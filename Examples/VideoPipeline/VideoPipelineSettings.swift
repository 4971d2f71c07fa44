import ExampleSupport

struct VideoPipelineSettings {
    var cameras = 4
    var frames = 500
    var workers = 2
    var perSecond = 2

    static var usage: CommandLineUsage<VideoPipelineSettings> {
        CommandLineUsage(
            "video-pipeline",
            about: """
                Frames of several cameras are decoded on a Dispatch queue and searched for motion by a pool of threads.
                The rule for video: heavy operations are monitored, with a sample per second; single frames are not
                logged. Lines go to stdout, a summary to stderr; the exit status is 1 if any frame ran in another
                context than its camera's.
                """,
            [
                .integer("cameras", \.cameras, in: 1...64, "Cameras, each in a trace of its own"),
                .integer("frames", \.frames, in: 1...1_000_000, "Frames of each camera"),
                .integer("workers", \.workers, in: 1...64, "Threads that search for motion"),
                .integer("per-second", \.perSecond, in: 0...1000, "Success lines of the inference in a second"),
            ]
        )
    }
}
