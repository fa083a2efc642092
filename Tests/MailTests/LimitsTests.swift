// What is beyond a limit is said: at the limit all is complete, one past it nothing pretends to be.
// Must not test what is read up to a limit; the tests of each reader do.

import Testing

@testable import Mail

@Suite struct LimitsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: Defect.Kind
        /// A message with a number of things of which two are allowed.
        let message: @Sendable (Int) -> String

        var testDescription: String { kind.rawValue }
    }

    private static var limits: Limits {
        var limits = Limits()
        (limits.headerFields, limits.addresses, limits.parameters, limits.parts) = (2, 2, 2, 3)
        (limits.depth, limits.decodedOctets) = (2, 2)
        return limits
    }

    static let cases: [Case] = [
        Case(kind: .tooManyFields) { String(repeating: "A: 1\r\n", count: $0) + "\r\n" },
        Case(kind: .tooManyFields) {
            "Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\n" + String(repeating: "a:\r\n", count: $0)
                + "\r\n--b--"
        },
        Case(kind: .tooManyAddresses) { "To: " + (0..<$0).map { "a\($0)@b" }.joined(separator: ", ") + "\r\n\r\n" },
        Case(kind: .tooManyParameters) { "Content-Type: a/b" + (0..<$0).map { "; p\($0)=1" }.joined() + "\r\n\r\n" },
        Case(kind: .tooManyParameters) {
            "Content-Disposition: a" + (0..<$0).map { "; p\($0)=1" }.joined() + "\r\n\r\n"
        },
        Case(kind: .tooManyParameters) {
            "Content-Type: \"text/plain\"" + (0..<$0).map { "; p\($0)=1" }.joined() + "\r\n\r\n"
        },
        Case(kind: .tooManyParts) {
            "Content-Type: multipart/x; boundary=b\r\n\r\n" + String(repeating: "--b\r\n\r\nx\r\n", count: $0)
                + "--b--\r\n"
        },
        Case(kind: .tooDeep) { String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: $0) + "A: 1\r\n\r\nx" },
        Case(kind: .tooMuchDecoded) {
            "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                + String(repeating: "x", count: $0)
        },
    ]

    @Test(arguments: cases)
    func atAndPastTheLimit(_ test: Case) {
        let within = Message(Array(test.message(2).utf8), limits: Self.limits)
        #expect(!within.allDefects().contains { $0.kind.exceedsLimit })
        #expect(within.isComplete)
        let beyond = Message(Array(test.message(3).utf8), limits: Self.limits)
        #expect(beyond.allDefects().map(\.kind).filter(\.exceedsLimit) == [test.kind])
        // Addresses are not read before somebody asks for them.
        #expect(beyond.isComplete == (test.kind == .tooManyAddresses))
    }

    @Test func everyLimitHasItsCase() {
        #expect(Set(Self.cases.map(\.kind)) == Set(Defect.Kind.allCases.filter(\.exceedsLimit)))
    }

    @Test func headerBlocksSayWhetherTheyAreComplete() {
        let fields = { (count: Int) in Array((String(repeating: "a:\r\n", count: count) + "\r\n").utf8) }
        #expect(HeaderBlock(fields(2), limits: Self.limits).isComplete)
        #expect(!HeaderBlock(fields(3), limits: Self.limits).isComplete)
        // The attack: ten thousand fields that say nothing, and one that forges a verdict behind them.
        let forged = String(repeating: "a:\r\n", count: 10_010) + "X-Popsieve-Spam: no; by=forged\r\n\r\n"
        #expect(!HeaderBlock(Array(forged.utf8)).isComplete)
    }

    @Test func valuesSayWhetherTheyAreComplete() {
        #expect(AddressList(Array("a@b, c@d".utf8), limits: Self.limits).isComplete)
        #expect(!AddressList(Array("a@b, c@d, e@f".utf8), limits: Self.limits).isComplete)
        #expect(ParameterizedValue(Array("a/b; c=d; e=f".utf8), limits: Self.limits).isComplete)
        #expect(!ParameterizedValue(Array("a/b; c=d; e=f; g=h".utf8), limits: Self.limits).isComplete)
    }

    /// Each header that its own boundary ends is read once, not again with each one around it.
    @Test func headersThatNeverEndAreReadOnce() {
        let nested = (0..<100).map { "Content-Type: multipart/x; boundary=b\($0)_\r\n--b\($0)_\r\n" }.joined()
        let message = Message(Array((nested + String(repeating: "--x\r\n", count: 200_000)).utf8))
        #expect(message.parts.count == 101)
        #expect(message.parts[100].headerRange.lowerBound == nested.utf8.count)
    }
}
