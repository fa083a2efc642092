// From settings to a directory that sessions can ask.
// Must not ask anything: a directory that is down stops no start.

import HTTPClient
import NIOCore
import Relay
import TLS

extension Loaded {
    /// With the directory that the settings name, if they name one.
    func withDirectory(on group: any EventLoopGroup) throws(LoadError) -> Loaded {
        guard let directory else { return self }
        do throws(TLSConfigurationError) {
            let client = try HTTPClient(
                on: group,
                trusting: directory.ca.map { .roots(file: $0) } ?? .systemRoots,
                patience: directory.patience
            )
            var loaded = self
            loaded.configuration.directory = .init(
                AuthHTTP(directory, client),
                upstream: directory.upstream,
                networks: directory.networks
            )
            return loaded
        } catch {
            throw LoadError(directory.place, "no TLS to the directory: \(error.problem)", error.fix)
        }
    }
}
