// Certificates and keys that settings name: faults stand at the setting, and what ends soon is told.
// Must not make a connection.

import Foundation
import Testing

@testable import popsieve

@Suite struct CertificateTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("c.pem", Self.certificate)
        try folder.write("k.pem", Self.key)
        try folder.write("k2.pem", Self.otherKey)
        try folder.write("open.pem", Self.key, mode: 0o644)
        try folder.write("junk.pem", "junk\n")
    }

    private func findings(_ yaml: String, now: Int64 = 0) -> [String] {
        let list = FindingList()
        let settings = SettingsReader.read(yaml, file: folder.path + "/f", list)
        settings.check(list)
        _ = CertificateLoader(findings: list, now: now).configuration(settings)
        return list.findings.map { $0.description.replacing(folder.path + "/", with: "") }
    }

    @Test(
        arguments: [
            ("c.pem", "k.pem", nil), ("c.pem", "none.pem", "f:6:10: error: none.pem: cannot be read: "),
            ("none.pem", "k.pem", "f:5:18: error: none.pem: cannot be read: "),
            ("junk.pem", "k.pem", "f:5:18: error: junk.pem: "), ("c.pem", "junk.pem", "f:6:10: error: junk.pem: "),
            (
                "k.pem", "c.pem",
                "f:5:18: error: \"certificate\" and \"key\" are swapped: k.pem holds a key, c.pem a cer"
            ),
            ("k.pem", "k.pem", "f:5:18: error: k.pem: no certificate in PEM form "),
            ("c.pem", "c.pem", "f:5:18: error: c.pem: no private key in PEM form "),
            ("k.pem", "junk.pem", "f:5:18: error: k.pem: no certificate in PEM form "),
            ("c.pem", "k2.pem", "f:6:10: error: k2.pem: the key does not belong to the first certificate in c.pem; "),
            ("c.pem", "open.pem", "f:6:10: warning: open.pem: anybody on this machine may read this key; chmod o-r "),
        ]
    )
    func listeners(_ certificate: String, _ key: String, _ expected: String?) {
        let found = findings(
            """
            upstream: a.example
            listeners:
              - address: "[::]:1"
                tls: implicit
                certificate: \(certificate)
                key: \(key)
            """
        )
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected { #expect(found.first?.hasPrefix(expected) == true, "\(found)") }
    }

    @Test func faultsStandAtTheSettingThatNamesTheFile() {
        let found = findings(
            """
            upstream:
              host: "192.0.2.1"
              name: "not a name"
              ca: none.pem
              pin: sha256//short
              client-certificate: c.pem
              client-key: junk.pem
            """
        )
        let places = found.map { String($0.prefix { $0 != " " }) }
        #expect(places.starts(with: ["f:3:9:", "f:5:8:"]), "\(found)")
        #expect(["f:4:7:", "f:7:15:"].contains(places.last), "\(found)")
    }

    @Test(
        arguments: [
            (
                "client-certificate: k.pem, client-key: c.pem",
                "f:1:50: error: \"client-certificate\" and \"client-key\" are swapped: k.pem holds a key, c.pem a cer"
            ),
            ("client-certificate: c.pem, client-key: k2.pem", "f:1:69: error: k2.pem: the key does not belong to the "),
            ("ca: k.pem", "f:1:34: error: k.pem: no certificate in PEM form "),
        ]
    )
    func upstreams(_ files: String, _ expected: String) {
        let found = findings("upstream: { host: a.example, \(files) }\n")
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test(arguments: [(20, nil), (13, "expires in 13 days"), (1, "expires in 1 day;"), (-1, "has expired")])
    func expiry(_ days: Int64, _ expected: String?) {
        let listeners = "listeners: [{ address: \"[::]:1\", tls: implicit, certificate: c.pem, key: k.pem }]\n"
        let found = findings("upstream: a.example\n" + listeners, now: Self.notAfter - days * 86_400 - 60)
        #expect(found.count == (expected == nil ? 0 : 1))
        if let expected { #expect(found.first?.contains(expected) == true, "\(found)") }
    }

    @Test func clientCertificatesExpireToo() {
        let yaml = "upstream: { host: a.example, client-certificate: c.pem, client-key: k.pem }\n"
        let found = findings(yaml, now: Self.notAfter + 1)
        #expect(found == ["f:1:50: warning: c.pem: the certificate has expired; renew it, then send SIGHUP"])
    }

    // MARK: Made for these tests, for a hundred years

    private static let notAfter: Int64 = 4_949_016_141

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd3AYoOEpQr+npbua
        nwDtxPi/LGheAy5ueqLiuWR/qtihRANCAAQklQTsd8NAkW+5sOpemPgbLPoXLqxl
        F5g0QpeG5qS5AXPH4s5M6IYx5SGTFgjuhpQBVOzifagYsrsDH5ZB6BvJ
        -----END PRIVATE KEY-----

        """

    private static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6puY+IOUYfucROqz
        xABv83CcAqzTGjZ1mklyfKyaSZuhRANCAASpqAvSZhdwGlZaliA0djnd/zsteKeX
        rTrKM2oOg3U/U7Uu573Ba+Yc7iHeJTo11UwS7O16r98SWO4rD9QbcD46
        -----END PRIVATE KEY-----

        """

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBpzCCAU2gAwIBAgIUCByjenMvQBgO6p3iC5kt4M/y7WUwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPcG9wLmV4YW1wbGUub3JnMCAXDTI2MTEyMzA2NDIyMVoYDzIx
        MjYxMDMwMDY0MjIxWjAaMRgwFgYDVQQDDA9wb3AuZXhhbXBsZS5vcmcwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAAQklQTsd8NAkW+5sOpemPgbLPoXLqxlF5g0QpeG
        5qS5AXPH4s5M6IYx5SGTFgjuhpQBVOzifagYsrsDH5ZB6BvJo28wbTAdBgNVHQ4E
        FgQUWQ8O/R9q+npvC57MCeOdaSBjufgwHwYDVR0jBBgwFoAUWQ8O/R9q+npvC57M
        CeOdaSBjufgwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg9wb3AuZXhhbXBs
        ZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIhAL/GpbH19qZ+VcegJCd0YxaqRazoTGOl
        rnw3aaRaYgzsAiALnGHAE6T+kiLN5m/Zs9r2RHAZopYS1pouSQjGxDut2g==
        -----END CERTIFICATE-----

        """
}
