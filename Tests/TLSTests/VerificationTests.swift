// What a client accepts and refuses, each refusal by its name.

import Certificates
import Testing

@testable import TLS

@Suite struct VerificationTests {
    let certificates = TestCertificates.shared

    struct Case: Sendable, CustomTestStringConvertible {
        let certificate: String
        var name = "localhost"
        let problem: CertificateProblem?
        var testDescription: String { "\(certificate) for \(name)" }
    }

    @Test(arguments: [
        Case(certificate: "rsa", problem: nil),
        Case(certificate: "rsa", name: "LocalHost.", problem: nil),
        Case(certificate: "rsa", name: "127.0.0.1", problem: nil),
        Case(certificate: "other-host", name: "a.wild.example", problem: nil),
        Case(certificate: "other-host", name: "192.0.2.1", problem: nil),
        Case(certificate: "rsa", name: "127.0.0.2", problem: mismatch("127.0.0.2", ["localhost", "127.0.0.1"])),
        Case(certificate: "rsa", name: "::1", problem: mismatch("::1", ["localhost", "127.0.0.1"])),
        Case(certificate: "other-host", problem: mismatch("localhost", otherNames)),
        Case(certificate: "other-host", name: "wild.example", problem: mismatch("wild.example", otherNames)),
        Case(certificate: "other-host", name: "a.b.wild.example", problem: mismatch("a.b.wild.example", otherNames)),
        Case(certificate: "common-name-only", problem: mismatch("localhost", [])),
        Case(certificate: "expired", problem: .expired(subject: "CN=localhost")),
        Case(certificate: "future", problem: .notYetValid(subject: "CN=localhost")),
        Case(certificate: "unknown-issuer", problem: .unknownIssuer(issuer: "CN=Nobody's Authority")),
        Case(certificate: "self-signed", problem: .selfSigned(subject: "CN=localhost")),
    ])
    func judges(_ it: Case) throws {
        let pair = try EnginePair(
            client: certificates.client(),
            server: certificates.server(it.certificate),
            name: it.name
        )
        let outcomes = pair.handshake()
        guard let problem = it.problem else { return #expect(outcomes.client == .complete) }
        #expect(outcomes.client == .failed(.certificateRejected(problem)))
        guard case .failed(.handshakeFailed(let reason)) = outcomes.server else {
            return #expect(Bool(false), "the server was not told: \(outcomes.server)")
        }
        #expect(reason.hasPrefix("the peer refused: "))
    }

    @Test(arguments: ["rsa", "expired", "other-host", "self-signed", "unknown-issuer"])
    func acceptsAnyCertificateWhereToldSo(certificate: String) throws {
        let client = try ClientContext(verification: .acceptAnyCertificate)
        #expect(
            try EnginePair(client: client, server: certificates.server(certificate)).handshake().client == .complete
        )
    }

    @Test func trustsTheServersOwnCertificateAsRoot() throws {
        for certificate in ["self-signed", "rsa"] {
            let client = try ClientContext(verification: .roots(file: certificates.path("\(certificate).pem")))
            let outcomes = try EnginePair(client: client, server: certificates.server(certificate)).handshake()
            #expect(outcomes.client == .complete)
        }
    }

    @Test func systemRootsDoNotTrustTheTestAuthority() throws {
        let outcomes = try EnginePair(client: ClientContext(), server: certificates.server("rsa")).handshake()
        #expect(outcomes.client == .failed(.certificateRejected(.unknownIssuer(issuer: "CN=Test Authority"))))
    }

    @Test(arguments: [ClientContext.Verification.acceptAnyCertificate, .systemRoots, .roots(file: "ca.pem")])
    func pinsCountWhateverElseIsChecked(verification: ClientContext.Verification) throws {
        var verification = verification
        if case .roots = verification { verification = .roots(file: certificates.path("ca.pem")) }
        let right = try #require(try PEMFile(certificates.path("rsa.pem")).certificates()[0].pin)
        let wrong = try #require(try PEMFile(certificates.path("ecdsa.pem")).certificates()[0].pin)
        func outcome(_ pins: Set<PublicKeyPin>) throws -> TLSConnection.Outcome {
            let client = try ClientContext(verification: verification, pins: pins)
            return try EnginePair(client: client, server: certificates.server("rsa")).handshake().client
        }
        if verification == .systemRoots {
            let problem = CertificateProblem.unknownIssuer(issuer: "CN=Test Authority")
            #expect(try outcome([right]) == .failed(.certificateRejected(problem)))
        } else {
            #expect(try outcome([right]) == .complete)
            #expect(try outcome([wrong, right]) == .complete)
            #expect(try outcome([wrong]) == .failed(.certificateRejected(.pinMismatch(got: right.description))))
        }
    }

    @Test func pinIsWhatOpenSSLComputes() throws {
        let pin = try #require(try PEMFile(certificates.path("rsa.pem")).certificates()[0].pin)
        let der = certificates.path("rsa-public.der")
        try certificates.run("pkey", "-in", certificates.path("rsa.key"), "-pubout", "-outform", "DER", "-out", der)
        let digest = try certificates.run("dgst", "-sha256", "-r", der).prefix(64)
        var bytes: [UInt8] = []
        var rest = digest
        while !rest.isEmpty {
            bytes.append(try #require(UInt8(rest.prefix(2), radix: 16)))
            rest = rest.dropFirst(2)
        }
        #expect(pin == PublicKeyPin(digest: bytes))
        #expect(pin == PublicKeyPin(pin.description))
    }

    @Test(arguments: [
        "", "sha256//", "sha256//AAAA", "sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ])
    func refusesMalformedPins(text: String) {
        #expect(PublicKeyPin(text) == nil)
    }

    @Test(arguments: [
        "", ".", "..", "a..b", ".a", "a\0.example", "a b", "pop.example.com:995", "exämple.com", "1.2.3", "1.2.3.4.5",
        "[::1]", String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
    ])
    func refusesNamesThatNoCertificateCanHave(text: String) {
        #expect(ServerName(text) == nil)
    }
}

private let otherNames = ["other.example", "*.wild.example", "192.0.2.1"]

private func mismatch(_ expected: String, _ got: [String]) -> CertificateProblem {
    .nameMismatch(expected: expected, got: got)
}
