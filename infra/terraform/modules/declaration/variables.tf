variable "file" {
  description = "Path of pipeline.yml."
  type        = string
}

variable "names" {
  description = "Placeholder -> value."
  type        = map(string)
}

variable "judged" {
  description = "What `laststop aws render` judged: the digest of the file's bytes, and the pipeline's name."
  type = object({
    name   = string
    sha256 = string
  })
}
