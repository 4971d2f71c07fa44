import Foundation

extension CommandLineUsage {
    /// Returns the settings from this process's command line. `--help` prints the help text and ends the process with
    /// status 0. If the command line has a mistake, the function describes it on stderr and ends the process with
    /// status 2.
    public func settingsOrExit(defaults: Settings) -> Settings {
        do throws(CommandLineMistake) {
            switch try parse(Array(CommandLine.arguments.dropFirst()), defaults: defaults) {
            case .run(let settings): return settings
            case .help:
                print(help(defaults: defaults))
                exit(0)
            }
        } catch {
            StandardError.write("\(command): \(error)\n\(command) --help lists the options.\n")
            exit(2)
        }
    }
}
