/// The fields of a context's scope. The module that logs makes and reads them; this module only carries them.
package protocol ScopeFields: AnyObject, Sendable {
    /// Whether the other fields are written as these are.
    func isEqual(to other: any ScopeFields) -> Bool
}
