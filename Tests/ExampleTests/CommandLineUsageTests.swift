import ExampleSupport
import Testing

@Suite("The examples' command line", .timeLimit(.minutes(10)))
struct CommandLineUsageTests {
    struct Settings: Equatable {
        var frames = 100
        var framesPerSecond = 25
        var servers: String?
        var isQuiet = false
    }

    let usage = CommandLineUsage<Settings>(
        "example",
        about: "It shows something.",
        [
            .integer("frames", \.frames, in: 1...1000, "How many frames"),
            .integer("frames-per-second", \.framesPerSecond, in: 1...60, "How fast"),
            .text("bootstrap-servers", \.servers, "HOST:PORT", "Where"),
            .flag("quiet", \.isQuiet, "Say nothing"),
        ]
    )

    private func settings(_ arguments: String...) throws -> Settings? {
        guard case .run(let settings) = try usage.parse(arguments, defaults: Settings()) else { return nil }
        return settings
    }

    @Test("Values follow their option or an equals sign, and a unique prefix of a name is enough")
    func values() throws {
        #expect(try settings() == Settings())
        #expect(try settings("--frames", "7", "--quiet")?.frames == 7)
        #expect(try settings("--frames=7", "--frames=8")?.frames == 8)
        #expect(try settings("--frames-p=9")?.framesPerSecond == 9)
        #expect(try settings("--boot", "a:1=b")?.servers == "a:1=b")
        #expect(try settings("--bootstrap-servers=a=b")?.servers == "a=b")
        #expect(try settings("--q", "--")?.isQuiet == true)
    }

    @Test("--help, a prefix of it and -h show the help", arguments: ["--help", "--he", "-h"])
    func help(argument: String) throws {
        #expect(try settings("--frames=2", argument) == nil)
        let text = usage.help(defaults: Settings())
        #expect(text.contains("--frames N                     How many frames (default: 100)\n"))
        #expect(text.contains("--bootstrap-servers HOST:PORT  Where\n"))
    }

    @Test(
        "A mistake is described",
        arguments: [
            (["--frames", "0"], "--frames must be a whole number from 1 to 1000, but is \"0\""),
            (["--frames", "many"], "--frames must be a whole number from 1 to 1000, but is \"many\""),
            (["--frames"], "--frames needs a value"),
            (["--frames="], "--frames must be a whole number from 1 to 1000, but is \"\""),
            (["--boot="], "--bootstrap-servers must not be empty"),
            (["--quiet=yes"], "--quiet takes no value"),
            (["--help=me"], "--help takes no value"),
            (["--fr=1"], "--fr is ambiguous; choose from --frames, --frames-per-second"),
            (
                ["--speed"],
                "there is no option --speed; "
                    + "the options are --frames, --frames-per-second, --bootstrap-servers, --quiet, --help"
            ),
            (["17"], "unexpected argument \"17\"; example takes only options"),
            (["--", "--frames"], "unexpected argument \"--frames\"; example takes only options"),
            (["-f"], "unexpected argument \"-f\"; example takes only options"),
        ]
    )
    func mistakes(arguments: [String], words: String) {
        let mistake = #expect(throws: CommandLineMistake.self) { try usage.parse(arguments, defaults: Settings()) }
        #expect(mistake?.description == words)
    }
}
