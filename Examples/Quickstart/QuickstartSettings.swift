import ExampleSupport

/// What the command line says.
struct QuickstartSettings {
    var frames = 1000
    var workers = 4
    var partitions = 8
    var bootstrapServers: String?
    var isBare = false

    static var usage: CommandLineUsage<QuickstartSettings> {
        CommandLineUsage(
            "quickstart",
            about: """
                Cameras send frames, each in a trace of its own, to the topic "frames"; workers decode and infer them and
                send what they see to the topic "detections"; an archive reads those. stdout holds one JSON line for each
                step, stderr says at the end how many lines had a wrong ID. Status 1 if any had.
                """,
            [
                .integer("frames", \.frames, in: 1...1_000_000, "How many frames the cameras send"),
                .integer("workers", \.workers, in: 1...256, "How many frames are handled at once"),
                .integer("partitions", \.partitions, in: 1...256, "How many partitions new topics get"),
                .text(
                    "bootstrap-servers",
                    \.bootstrapServers,
                    "HOST:PORT",
                    "The broker, in place of KAFKA_BOOTSTRAP_SERVERS; without either one that is embedded"
                ),
                .flag("bare", \.isBare, "Decode on the bare queue, without the bridge, to see the check find it"),
            ]
        )
    }
}
