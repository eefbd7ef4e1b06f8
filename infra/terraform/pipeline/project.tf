# The same in both steps; a test compares. `laststop aws render` writes the value from laststop.toml and pipeline.yml,
# after judging both; what it refuses never comes here.
variable "project" {
  description = "What laststop.toml and pipeline.yml say, as `laststop aws render` wrote it."
  nullable    = false
  type = object({
    name             = string
    account          = string
    region           = string
    names            = map(string) # placeholder of pipeline.yml -> value
    ledger_table     = string
    artifacts_bucket = string
    site_bucket      = string
    build_project    = string
    settings         = string # JSON for the functions

    catalog = object({
      table      = string
      stream_arn = string # of an existing table; "" has Terraform make the table
      algorithm  = string # column: partition key
      version    = string # column: sort key
    })
    documents = object({
      bucket = string
      objects = list(object({
        key         = string
        seed_base64 = string # the document of generation 0
      }))
    })
    pipeline = object({
      name        = string
      file_sha256 = string
      front_stage = string # the stage behind the sources, whose entrance a hold closes
    })
    connection = object({
      arn      = string # "" until the connection that `provider` asks for has been confirmed
      provider = string # "" when the connection is somebody else's
    })
    build_timeout_minutes = number
    default_ttl_seconds   = number
  })

  validation {
    condition     = can(regex("^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$", var.project.name)) && can(regex("^[0-9]{12}$", var.project.account))
    error_message = "This is no project of laststop's. Write the variables file with: laststop aws render"
  }
}
