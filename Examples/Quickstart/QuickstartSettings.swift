import ExampleSupport

/// The settings from the command line.
struct QuickstartSettings {
    /// Nil chooses the number by the type of standard output.
    var frames: Int?
    var workers = 4
    var partitions = 8
    var bootstrapServers: String?
    var isBare = false

    static var usage: CommandLineUsage<QuickstartSettings> {
        CommandLineUsage(
            "quickstart",
            about: """
                Cameras send frames, each in its own trace, to the topic "frames". Workers decode and search them, and
                send detections to the topic "detections", which an archive reads. stdout gets one JSON line for each
                step. At the end, stderr gets the number of lines with a wrong ID. The status is 1 if there are any.

                If stdout is a terminal, the lines go to a file instead. The program reads them back, and shows the
                lines of one frame, and those of a frame that was decoded on a queue without the bridge.
                """,
            [
                .optionalInteger(
                    "frames",
                    \.frames,
                    in: 1...1_000_000,
                    "The number of frames that the cameras send (default: 1000, or 40 on a terminal)"
                ),
                .integer("workers", \.workers, in: 1...256, "The number of frames that are handled at once"),
                .integer("partitions", \.partitions, in: 1...256, "The number of partitions of new topics"),
                .text(
                    "bootstrap-servers",
                    \.bootstrapServers,
                    "HOST:PORT",
                    "The broker; overrides KAFKA_BOOTSTRAP_SERVERS. Without both, an embedded broker is used"
                ),
                .flag(
                    "bare",
                    \.isBare,
                    "Decode every frame on a queue without the bridge, to see that the check finds wrong IDs"
                ),
            ]
        )
    }
}
