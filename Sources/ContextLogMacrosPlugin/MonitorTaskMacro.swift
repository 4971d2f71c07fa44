#if Macros
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// Wraps the body of a function into a call of `monitorTask`.
///
/// Specification: [SE-0415, Function Body
/// Macros](https://github.com/swiftlang/swift-evolution/blob/main/proposals/0415-function-body-macros.md).
public struct MonitorTaskMacro: BodyMacro {
    public static func expansion(
        of node: AttributeSyntax,
        providingBodyFor declaration: some DeclSyntaxProtocol & WithOptionalCodeBlockSyntax,
        in context: some MacroExpansionContext
    ) throws -> [CodeBlockItemSyntax] {
        guard let function = declaration.as(FunctionDeclSyntax.self) else {
            throw MisplacedMacro(declaration)
        }
        guard let body = function.body else { throw MisplacedMacro.functionWithoutBody }
        let effects = function.signature.effectSpecifiers
        if effects?.throwsClause?.throwsSpecifier.tokenKind == .keyword(.rethrows) {
            throw MisplacedMacro.functionThatRethrows
        }

        var marks = ""
        if effects?.throwsClause != nil { marks += "try " }
        if effects?.asyncSpecifier != nil { marks += "await " }
        // Not a trailing closure, because `fields` may be any expression.
        let closure: ExprSyntax = """
            { \(raw: signature(of: function)) in
            \(body.statements)
            }
            """
        let given = arguments(of: node, for: function, in: context)
        let call: ExprSyntax = "\(raw: marks)ContextLog.monitorTask(\(given), \(closure)\(fields(of: node)))"
        return ["return \(call)"]
    }

    /// The arguments before the body: those of the attribute, and the place of the function.
    private static func arguments(
        of node: AttributeSyntax,
        for function: FunctionDeclSyntax,
        in context: some MacroExpansionContext
    ) -> LabeledExprListSyntax {
        var arguments = given(node).filter { $0.label?.text != "fields" }.map { argument in
            argument.trimmed.with(\.trailingComma, .commaToken(trailingTrivia: .space))
        }
        // The compiler gives every place in an expansion the place of the function's body.
        if let place = context.location(of: function.name) {
            arguments.append(LabeledExprSyntax(label: "fileID", expression: place.file).followed)
            arguments.append(LabeledExprSyntax(label: "line", expression: place.line).followed)
        }
        if let last = arguments.popLast() { arguments.append(last.with(\.trailingComma, nil)) }
        return LabeledExprListSyntax(arguments)
    }

    /// The argument behind the body.
    private static func fields(of node: AttributeSyntax) -> ExprSyntax {
        guard let fields = given(node).first(where: { $0.label?.text == "fields" }) else { return "" }
        return ", fields: \(fields.expression.trimmed)"
    }

    private static func given(_ node: AttributeSyntax) -> LabeledExprListSyntax {
        guard case .argumentList(let list)? = node.arguments else { return [] }
        return list
    }

    /// The signature of the closure. An opaque result has no type that a closure can name, so the compiler infers it.
    private static func signature(of function: FunctionDeclSyntax) -> String {
        let effects = function.signature.effectSpecifiers
        var text = "()"
        if effects?.asyncSpecifier != nil { text += " async" }
        if let clause = effects?.throwsClause { text += " \(clause.trimmedDescription)" }
        guard let result = function.signature.returnClause?.type else { return text + " -> ()" }
        guard !result.isOpaque else { return text }
        // A closure cannot have a result of the type `T!`.
        let unwrapped = result.as(ImplicitlyUnwrappedOptionalTypeSyntax.self).map { "\($0.wrappedType.trimmed)?" }
        return text + " -> \(unwrapped ?? result.trimmedDescription)"
    }
}

/// Makes nothing. This role lets the macro explain itself at declarations that have no body, where the compiler would
/// only say that a "body macro" cannot be attached.
extension MonitorTaskMacro: PeerMacro {
    public static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        switch declaration.kind {
        // The other role has an error for these.
        case .functionDecl, .initializerDecl, .deinitializerDecl, .accessorDecl: return []
        default: throw MisplacedMacro(declaration)
        }
    }
}

extension LabeledExprSyntax {
    fileprivate var followed: LabeledExprSyntax { with(\.trailingComma, .commaToken(trailingTrivia: .space)) }
}

extension TypeSyntax {
    /// Whether the type has a part like `some Sequence`.
    fileprivate var isOpaque: Bool {
        tokens(viewMode: .sourceAccurate).contains { $0.tokenKind == .keyword(.some) }
    }
}
#endif
