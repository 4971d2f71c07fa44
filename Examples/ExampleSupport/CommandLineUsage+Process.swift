import Foundation

extension CommandLineUsage {
    /// The settings of this process. `--help` prints the help text and ends it with status 0, a mistake says what is wrong and
    /// ends it with status 2.
    public func settingsOrExit(defaults: Settings) -> Settings {
        do throws(CommandLineMistake) {
            switch try parse(Array(CommandLine.arguments.dropFirst()), defaults: defaults) {
            case .run(let settings): return settings
            case .help:
                print(help(defaults: defaults))
                exit(0)
            }
        } catch {
            StandardError.write("\(command): \(error)\n\(command) --help says what there is.\n")
            exit(2)
        }
    }
}
