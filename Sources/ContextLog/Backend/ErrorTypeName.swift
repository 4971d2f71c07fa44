/// The qualified name of a type of errors, as a line's `exception.type` has it.
///
/// It leaves out the addresses in the names of private and local types. They differ from run to run, and people group
/// errors by this name.
package func errorTypeName(_ type: any Error.Type) -> String {
    let marker = "(unknown context at $"
    var rest = Substring(String(reflecting: type))
    var name = ""
    while let next = rest.first {
        if next == "(", rest.hasPrefix(marker), let end = rest.firstIndex(of: ")") {
            rest = rest[end...].dropFirst(2)
        } else {
            name.append(next)
            rest.removeFirst()
        }
    }
    return name
}
