variable "project" {
  description = "Name of the project; parameters stand below `/<project>/`."
  type        = string
}

variable "values" {
  description = "What is told: name below `/<project>/` -> value. None is a secret."
  type        = map(string)
}
