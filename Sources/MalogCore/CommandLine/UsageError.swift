/// A mistake on the command line: the argument, what is wrong with it, and the choices.
package struct UsageError: Error, CustomStringConvertible, Equatable {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
