"""Holds clients and stand-ins of registry products against the products' own API contracts.

A contract is a Swagger 2.0 or OpenAPI 3.0 file of the product. It lies in `../shared/contracts`
beside the checkout, or in the folder that PILOTAGE_CONTRACTS names; without it these tests are
skipped and say so. In a test:

    contract = read_contract("nexus-swagger.json", amend=mend_what_the_file_gets_wrong)
    transport = Contracted(contract, httpx.ASGITransport(stand_in))
    client = open_client(None, transport=transport)

Every request and every answer that goes through is checked: method and path below the base path,
parameters, body, declared status, headers and body of the answer. What the contract does not
know (a path, a field, a query parameter, a status) raises ContractViolation, an AssertionError
that no client catches. `transport.operations` tells what was used.

Objects with properties are closed, so that a misspelt field is unknown. Where the file is wrong
about the product, `amend` changes the document before it is used; each amendment names its fact.
"""
