import Foundation

extension Rotation {
    /// If the arguments of the program are `only NAME OPERATIONS`, runs that candidate, prints its allocations, and
    /// ends the program.
    public func runOnly() {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, arguments[1] == "only" else { return }
        guard let allocations = only(arguments[2]) else {
            FileHandle.standardError.write(Data("nothing is named \(arguments[2]); choose from \(names)\n".utf8))
            exit(2)
        }
        print(allocations)
        exit(0)
    }
}
