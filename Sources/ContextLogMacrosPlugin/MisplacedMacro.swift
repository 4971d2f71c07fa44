#if Macros
import SwiftSyntax

/// The compiler's error for an attribute at a declaration that it cannot change. The text is shown as it is.
struct MisplacedMacro: Error, CustomStringConvertible {
    let description: String

    static let functionWithoutBody = MisplacedMacro(
        "@MonitorTask needs a function with a body. Put it on the function that implements this one"
    )

    static let functionThatRethrows = MisplacedMacro(
        "@MonitorTask cannot be on a function that rethrows. Declare it as throws(Failure) with a generic Failure: Error, "
            + "or call monitorTask in its body"
    )

    init(_ declaration: some DeclSyntaxProtocol) {
        let kind =
            switch declaration.kind {
            case .initializerDecl: "an initializer"
            case .deinitializerDecl: "a deinitializer"
            case .accessorDecl: "an accessor"
            case .variableDecl: "a property or a variable"
            case .subscriptDecl: "a subscript"
            case .structDecl, .classDecl, .enumDecl, .actorDecl, .protocolDecl, .extensionDecl: "a type"
            default: "this declaration"
            }
        self.init("@MonitorTask cannot be on \(kind). Put it on a function, or call monitorTask in the body")
    }

    private init(_ description: String) {
        self.description = description
    }
}
#endif
