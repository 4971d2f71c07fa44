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
                Decodes the frames of several cameras on a Dispatch queue, and searches them for motion on a pool of
                threads. It follows the rule for video: heavy operations are monitored and sampled per second, and
                single frames are not logged. Lines go to stdout, a summary goes to stderr. The exit status is 1 if any
                frame ran in a context other than its camera's.
                """,
            [
                .integer("cameras", \.cameras, in: 1...64, "The number of cameras, each with its own trace"),
                .integer("frames", \.frames, in: 1...1_000_000, "The number of frames of each camera"),
                .integer("workers", \.workers, in: 1...64, "The number of threads that search for motion"),
                .integer("per-second", \.perSecond, in: 0...1000, "The limit of success lines per second"),
            ]
        )
    }
}
