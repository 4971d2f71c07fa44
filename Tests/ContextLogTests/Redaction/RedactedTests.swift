import ContextLog
import TestSupport
import Testing

@Suite("Redacted values", .timeLimit(.minutes(10)))
struct RedactedTests {
    private struct Login {
        let user: String
        let password: Redacted<String>
    }

    @Test("No text of a redacted value, or of a value that contains it, has the secret")
    func texts() {
        let secret = Redacted("hunter2")
        let login = Login(user: "ana", password: secret)
        var dumped = ""
        dump(login, to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), secret.description, "\(login)",
            String(reflecting: login), "\([secret])", "\(Optional(secret) as Any)", "\(["a": secret])", dumped,
            json { $0.password = secret }, json { $0["a.b"] = [secret] }, json { $0.all = ["a": Optional(secret)] },
            json { $0.login { $0.password = login.password } },
        ]
        for text in texts {
            #expect(!text.contains("hunter2"), "\(text)")
            #expect(text.contains("[redacted]"), "\(text)")
        }
    }

    @Test("The code that asks for the value gets it")
    func unredacted() {
        var secret = Redacted(17)
        #expect(json { $0.pin = secret.unredacted } == #"{"pin":17}"#)
        secret.unredacted += 1
        #expect(secret == Redacted(18) && secret != Redacted(17) && Set([secret, Redacted(18)]).count == 1)
    }
}
