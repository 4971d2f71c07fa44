/// A number of the system that tells why a call failed.
struct SystemError: Error, Equatable {
    let number: Int32
}
