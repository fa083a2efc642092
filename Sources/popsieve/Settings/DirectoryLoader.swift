// What a directory needs beside the settings: the values of its header fields, read at the start and at each reload.
// Must not say a secret, nor ask the directory.

import HTTPClient
import NIOCore
import Relay
import TLS

/// Everything that is needed to ask a directory.
struct DirectorySettings: Sendable {
    var url: HTTPURL
    /// Of each request.
    var fields: [(name: String, value: String)] = []
    var context: ClientContext
    /// For one answer.
    var patience = TimeAmount.seconds(10)
    /// How long an entry is remembered; zero: not at all.
    var remembers = TimeAmount.zero
    /// What the relay is told of it.
    var upstream: String
    var networks: [Network]?
}

/// Reads them; what can't be had is a finding.
struct DirectoryLoader {
    let findings: FindingList

    /// Nil where there is none, or something is wrong.
    func directory(_ settings: Settings) -> DirectorySettings? {
        guard let directory = settings.directory,
            let upstream = directory.upstream ?? settings.upstreams.first.map(\.name)
        else { return nil }
        let place = directory.places["header"]
        let accounts = AccountLoader(findings: findings)
        let fields = directory.header.compactMap { name, source -> (name: String, value: String)? in
            accounts.secret(source, place).map { (name, String(decoding: $0.octets, as: UTF8.self)) }
        }
        guard fields.count == directory.header.count else { return nil }
        guard let context = findings.webContext(ca: directory.ca, directory.places) else { return nil }
        var loaded = DirectorySettings(url: directory.url, context: context, upstream: upstream)
        loaded.fields = fields
        loaded.patience = directory.timeout
        loaded.remembers = directory.cache
        loaded.networks = directory.servers
        return loaded
    }
}

extension FindingList {
    /// By what a server of HTTP is trusted; nil where that can't be had.
    func webContext(ca: String?, _ places: Places) -> ClientContext? {
        do throws(TLSConfigurationError) {
            return try HTTPClient.context(ca.map { .roots(file: $0) } ?? .systemRoots)
        } catch {
            add(Finding(error, ca == nil ? places.section : places["ca"]))
            return nil
        }
    }
}
